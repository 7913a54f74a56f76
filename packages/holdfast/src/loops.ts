export { BlockingLoop } from "./loops/blocking.ts";
export { GuestLoop, type GuestLoopOptions } from "./loops/guest.ts";
export { hostLoop } from "./loops/host.ts";
export type { Cancel, EventLoop, LoopWatch } from "./loops/loop.ts";
export { VirtualLoop } from "./loops/virtual.ts";
