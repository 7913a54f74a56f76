import { CannotBlockError, type Coroutine, operation } from "holdfast";

/** Refuses a synchronous run, before anything was begun that only the host could end. */
export const notSynchronous: (what: string) => Coroutine<void> = /* @__PURE__ */ operation({
	async: (_what: string) => {},
	sync: (what: string): void => {
		throw new CannotBlockError(
			`${what} has no synchronous form, and this run is synchronous: use run(), or exec.sync() for a program whose output is collected.`,
		);
	},
});
