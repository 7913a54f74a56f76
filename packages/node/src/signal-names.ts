import { constants } from "node:os";
import { describe } from "./describe.ts";

/** @throws TypeError for what is no signal of this system */
export function checkSignal(what: string, signal: unknown): asserts signal is NodeJS.Signals {
	if (typeof signal === "string" && signal in constants.signals) return;
	const upper = typeof signal === "string" ? signal.toUpperCase() : "";
	const guess = [upper, `SIG${upper}`].find((name) => name in constants.signals);
	const mend = guess === undefined ? `a name such as "SIGHUP"` : `"${guess}"`;
	throw new TypeError(`${what} is ${describe(signal)}, which is no signal of this system; pass ${mend}.`);
}
