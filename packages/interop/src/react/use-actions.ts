import { type RefObject, useEffect, useInsertionEffect, useLayoutEffect, useRef, useState } from "react";
import { type ActionPolicy, type ActionState, Actions, IDLE } from "./actions.ts";
import { useSetting } from "./provider.ts";

/** With the commit itself: what is on the page can be used. React 18 warns of layout effects on a server, where none run. */
const useWhenShown: typeof useEffect = typeof document === "undefined" ? useEffect : useLayoutEffect;

/** Where errors go: to the error boundary, into the state, or to a function. */
export type Failing = "boundary" | "state" | ((error: unknown) => void);

/** What `useAction` and `useScope` have in common. */
export function useActions<T>(policy: ActionPolicy, failing: Failing): [Actions<T>, ActionState<T>] {
	const setting = useSetting();
	const [state, show] = useState<ActionState<T>>(IDLE);
	const [failure, fail] = useState<{ readonly error: unknown }>();
	const [actions] = useState(() => new Actions<T>(show));
	useInsertionEffect(() => {
		actions.said = {
			policy,
			setting,
			boundary: failing === "boundary" ? (error) => fail({ error }) : undefined,
			onError: typeof failing === "function" ? failing : undefined,
		};
	});
	useWhenShown(() => {
		actions.mount();
		return () => actions.unmount();
	}, [actions]);
	if (failure !== undefined) throw failure.error;
	return [actions, state];
}

/** What the last render that was committed has said; for what runs later. */
export function useLatest<T>(value: T): RefObject<T> {
	const latest = useRef(value);
	// Before every other effect, so that one of a child takes the latest.
	useInsertionEffect(() => {
		latest.current = value;
	});
	return latest;
}
