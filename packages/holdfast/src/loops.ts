export { hostLoop } from "./loops/host.ts";
export type { Cancel, EventLoop, LoopWatch } from "./loops/loop.ts";
export { VirtualLoop } from "./loops/virtual.ts";
