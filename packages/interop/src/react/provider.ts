import type { ContextVar, RunOptions } from "holdfast";
import {
	type Context,
	createContext,
	createElement,
	type ReactElement,
	type ReactNode,
	useContext,
	useMemo,
} from "react";
import type { Setting } from "./component-run.ts";

/** A value of a context variable, for the tasks of the components below a provider; see `provide`. */
export interface Provided {
	/** Sets it, for the running task. */
	set(): void;
}

/**
 * A context variable and its value, for `<HoldfastProvider values={[…]}>`.
 *
 * @example
 * const values = useMemo(() => [provide(locale, language)], [language]);
 */
export function provide<T>(variable: ContextVar<T>, value: T): Provided {
	return { set: () => void variable.set(value) };
}

/** What a provider is given: of the options of `run` those that make sense for a whole tree of components. */
export interface HoldfastProviderProps {
	readonly children?: ReactNode;
	/** Gets errors that no component can show, such as those of a cleanup after unmounting (default: printed). */
	readonly onReport?: RunOptions["onReport"];
	/** Watch the runs from inside. */
	readonly instruments?: RunOptions["instruments"];
	/** How many milliseconds cleanup may go on after a component has left (default 5,000). */
	readonly grace?: RunOptions["grace"];
	/** What calls without `await` become (default `"task"`). */
	readonly bareCalls?: RunOptions["bareCalls"];
	/** Supplies time and wake-ups: a virtual loop in tests. */
	readonly loop?: RunOptions["loop"];
	/** Values of context variables, which every task of a component below begins with. */
	readonly values?: readonly Provided[];
}

const NOTHING: Setting = { options: {}, values: [] };

const SettingContext: Context<Setting> = /* @__PURE__ */ createContext(NOTHING);

export function useSetting(): Setting {
	return useContext(SettingContext);
}

/**
 * Gives the tasks of all components below it their options, and values of context variables. Inside of another provider it adds
 * to what that gives. What it is given anew counts for what is started afterwards; nothing is started again for it.
 *
 * It is not needed: without one, tasks have the defaults of `run`.
 * @example
 * <HoldfastProvider onReport={({ error }) => tracker.send(error)} values={values}>
 *   <App />
 * </HoldfastProvider>
 */
export function HoldfastProvider(props: HoldfastProviderProps): ReactElement {
	const { children, onReport, instruments, grace, bareCalls, loop, values } = props;
	const outer = useSetting();
	const setting = useMemo<Setting>(
		() => ({
			options: {
				...outer.options,
				...(onReport !== undefined && { onReport }),
				...(instruments !== undefined && { instruments }),
				...(grace !== undefined && { grace }),
				...(bareCalls !== undefined && { bareCalls }),
				...(loop !== undefined && { loop }),
			},
			values: values === undefined ? outer.values : [...outer.values, ...values],
		}),
		[outer, onReport, instruments, grace, bareCalls, loop, values],
	);
	return createElement(SettingContext.Provider, { value: setting }, children);
}
