import type { KernelTask } from "./task.ts";

/** An async context of the host, captured: what `AsyncLocalStorage` holds there. */
export interface HostContext {
	run(step: (task: KernelTask) => void, task: KernelTask): void;
}

/** `capture` is set, for good, when somebody in the process uses async contexts: until then they cost one test. */
export const hostContexts: { capture: (() => HostContext) | null } = { capture: null };
