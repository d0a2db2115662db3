export { WheelService, type WheelServiceOptions } from './wheel-service.ts';
