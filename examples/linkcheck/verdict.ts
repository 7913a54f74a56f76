/** What can be wrong with a link, and what an error of a request says about it. */
import { TimeoutError } from "holdfast";

export const reasons = [
	"missing file",
	"missing anchor",
	"outside the folder",
	"unreadable",
	"timeout",
	"HTTP status",
	"network error",
] as const;

export type Reason = (typeof reasons)[number];

export interface Broken {
	readonly reason: Reason;
	/** More, for people: `HTTP 503 after 3 tries`; "" if the reason says it all. */
	readonly detail: string;
}

/** A broken link, where it stands. */
export interface Finding extends Broken {
	readonly file: string;
	readonly line: number;
	readonly column: number;
	readonly target: string;
}

/** An HTTP status of 500 or more. */
export class ServerFault extends Error {
	override readonly name = "ServerFault";
	readonly status: number;

	constructor(status: number) {
		super(`HTTP ${status}`);
		this.status = status;
	}
}

/** The code of a system error; fetch() says "fetch failed" and keeps the error with the code as its cause. */
export function errorCode(error: unknown): string {
	if (!(error instanceof Error)) return "";
	if ("code" in error) return String(error.code);
	return errorCode(error.cause);
}

/** Whether an error comes from the network or the server, so that another try may go better. */
export function mayPass(error: unknown): boolean {
	return error instanceof TimeoutError || error instanceof ServerFault || errorCode(error) !== "";
}

/** @throws what is no failure of a request but a mistake in this program, which is not to be hidden. */
export function explainFailure(error: unknown, tries: number): Broken {
	if (!mayPass(error)) throw error;
	const after = tries === 1 ? "" : `after ${tries} tries`;
	if (error instanceof TimeoutError) return { reason: "timeout", detail: after };
	if (error instanceof ServerFault) return { reason: "HTTP status", detail: `${error.message} ${after}`.trim() };
	return { reason: "network error", detail: `${errorCode(error)} ${after}`.trim() };
}
