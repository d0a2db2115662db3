import type { WheelService } from '#domains/wheel/index.ts';
import type { Handlers } from '../handler.ts';

export function wheelHandlers(wheel: WheelService): Pick<Handlers, 'wheel'> {
  return { wheel: () => wheel.read() };
}
