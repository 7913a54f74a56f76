export { VirtualLoop } from "holdfast/loops";
export { expectNoLeaks, LeakError } from "./expect-no-leaks.ts";
export { Sequencer } from "./sequencer.ts";
export { allBlocked, virtualRun } from "./virtual-run.ts";
