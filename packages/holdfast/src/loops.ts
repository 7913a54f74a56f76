export type { Cancel, EventLoop, LoopWatch } from "./loops/loop.ts";
export { hostLoop } from "./loops/host.ts";
export { VirtualLoop } from "./loops/virtual.ts";
