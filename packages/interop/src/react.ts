"use client";
export type { ActionPolicy, ActionState } from "./react/actions.ts";
export { HoldfastProvider, type HoldfastProviderProps, type Provided, provide } from "./react/provider.ts";
export {
	type Action,
	type ActionControls,
	type ActionOptions,
	type FallibleAction,
	useAction,
} from "./react/use-action.ts";
export { type ComponentScope, type ComponentScopeOptions, useScope } from "./react/use-scope.ts";
export { type StreamView, type ThrowingStreamView, useStream } from "./react/use-stream.ts";
export { type TaskView, type ThrowingTaskView, useTask } from "./react/use-task.ts";
export type { WorkControls, WorkOptions, WorkState } from "./react/work.ts";
