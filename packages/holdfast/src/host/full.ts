// What the runtime asks of hosts that have a process: Node, Bun, Deno, workerd. Reached as `#host`; bundles for browsers get
// `browser.ts`, which has the same names. See `docs/guide/runtimes.md`.
export { beginContexts, endContexts } from "../async-context.ts";
export { callNative, currentNativeTask } from "../native.ts";
export { afterHost, listenToRejections, onNodeRejection, stopListening } from "../rejections.ts";
export { interruptedBy, listenToSignals, onInterrupts } from "../signals.ts";
export { callsInRequest, watchExit } from "./process.ts";
