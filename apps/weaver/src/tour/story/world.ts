/** What every step of the story shares. */
import type { Kernel } from "weftos";
import type { DropOff } from "../attack/drop-off.ts";
import type { TourPlan } from "../plan.ts";
import type { Stage } from "../view/stage.ts";

export interface World {
  readonly plan: TourPlan;
  readonly kernel: Kernel;
  readonly stage: Stage;
  readonly dropOff: DropOff;
  /** Writes a command as it is typed here, on this tour's state directory. */
  readonly typed: (words: string) => string;
}
