export { VirtualLoop } from "holdfast/loops";
export { allBlocked } from "./all-blocked.ts";
export { type CheckLoopOptions, checkLoop, LoopContractError } from "./check-loop.ts";
export { expectNoLeaks, LeakError, type LeakOptions } from "./expect-no-leaks.ts";
export { ScheduleError, seededSchedule, type UnderSeedsOptions, underSeeds } from "./seeded-schedule.ts";
export { Sequencer } from "./sequencer.ts";
export { type VirtualRunOptions, virtualRun } from "./virtual-run.ts";
