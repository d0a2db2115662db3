export { deriveWheel, type WheelRecord } from './derive-wheel.ts';
export { WheelService, type WheelServiceOptions } from './wheel-service.ts';
