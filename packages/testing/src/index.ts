export { VirtualLoop } from "holdfast/loops";
export { allBlocked } from "./all-blocked.ts";
export {
	type CheckedChannel,
	type CheckedReceiver,
	type CheckedSender,
	checkChannel,
} from "./check-channel.ts";
export { type CheckedListener, checkListener, type ListenerSubject } from "./check-listener.ts";
export { type CheckedLock, type CheckLockOptions, checkLock } from "./check-lock.ts";
export { type CheckLoopOptions, checkLoop, LoopContractError } from "./check-loop.ts";
export { type CheckedStream, type CheckStreamOptions, checkStream } from "./check-stream.ts";
export { ContractError, type ContractOptions } from "./contract.ts";
export { expectNoLeaks, LeakError, type LeakOptions } from "./expect-no-leaks.ts";
export { ScheduleError, seededSchedule, type UnderSeedsOptions, underSeeds } from "./seeded-schedule.ts";
export { Sequencer } from "./sequencer.ts";
export { type VirtualRunOptions, virtualRun } from "./virtual-run.ts";
