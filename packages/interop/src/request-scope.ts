import type { IncomingMessage, ServerResponse } from "node:http";
import {
	type Awaitable,
	type Coroutine,
	coroutine,
	HoldfastError,
	reportError,
	run,
	type Supervisor,
	supervise,
	suspend,
	type TaskGroup,
	withCancelScope,
	withTaskGroup,
} from "holdfast";

/**
 * What a framework is given for a handler that was cancelled: its client has gone, or the server ends. Frameworks that look
 * for `status` or `statusCode` answer 503 if there is still somebody to answer; `expose` says that it is nothing to log.
 */
export class RequestCancelledError extends HoldfastError {
	override readonly name: string = "RequestCancelledError";
	readonly code: string = "HOLDFAST_REQUEST_CANCELLED";
	readonly status: number = 503;
	readonly statusCode: number = 503;
	readonly expose: boolean = true;

	constructor() {
		super("The request was cancelled.");
	}
}

/** The groups of requests that are served by Holdfast. */
const groups: WeakMap<IncomingMessage, TaskGroup> = /* @__PURE__ */ new WeakMap();

/**
 * Runs `body` with a group for one request: handlers that a framework calls later, from callbacks of its own, are tasks of
 * it. Ends when they have.
 */
export const withRequest: <T>(incoming: IncomingMessage, body: () => Awaitable<T>) => Coroutine<T> = (incoming, body) =>
	withTaskGroup((group) => {
		groups.set(incoming, group);
		return body();
	});

/** Waits until a response is closed; not if it has been given already. */
export function untilAnswered(outgoing: ServerResponse): Coroutine<void> {
	return suspend<void>(
		(resume) => {
			if (outgoing.writableEnded || outgoing.closed) resume();
			const closed = (): void => resume();
			outgoing.once("close", closed);
			return () => {
				outgoing.off("close", closed);
			};
		},
		{ outside: true, label: "the answer" },
	);
}

/** A `handle` for `serveHttp` that hands requests to a framework made for `node:http`. */
export function handlerOf(
	app: (incoming: IncomingMessage, outgoing: ServerResponse) => unknown,
): (incoming: IncomingMessage, outgoing: ServerResponse) => Coroutine<void> {
	return (incoming, outgoing) =>
		withRequest(incoming, () => {
			app(incoming, outgoing);
			return untilAnswered(outgoing);
		});
}

type Handler = (...args: never[]) => unknown;

/**
 * Calls a handler as a task of its request, in a scope of its own. In a server that Holdfast knows nothing of it is a run,
 * which ends with its client.
 *
 * @throws RequestCancelledError if the handler was cancelled
 */
export function callHandler(
	incoming: IncomingMessage,
	outgoing: ServerResponse | undefined,
	handler: Handler,
	args: readonly unknown[],
): Promise<unknown> {
	return new Promise((resolve, reject) => {
		const supervisor: Supervisor<readonly unknown[]> = {
			call: handler,
			args: () => args,
			done: (value) => {
				resolve(value);
			},
			failed: reject,
			cancelled: () => reject(new RequestCancelledError()),
		};
		const group = groups.get(incoming);
		if (group === undefined) runAlone(outgoing, supervisor, args);
		// Its client has gone before it was called.
		else if (group.cancelCalled) reject(new RequestCancelledError());
		else
			try {
				group.spawn(() => supervise(supervisor, args));
			} catch {
				// The answer has been given, and the request has ended.
				reject(new RequestCancelledError());
			}
	});
}

function runAlone(
	outgoing: ServerResponse | undefined,
	supervisor: Supervisor<readonly unknown[]>,
	args: readonly unknown[],
): void {
	run(alone, { args: [outgoing, supervisor, args], name: "request" }).catch(reportError);
}

const alone = /* @__PURE__ */ coroutine(function* request(
	outgoing: ServerResponse | undefined,
	supervisor: Supervisor<readonly unknown[]>,
	args: readonly unknown[],
): Generator<never, void, unknown> {
	yield* withCancelScope(function* (scope) {
		const closed = (): void => {
			if (outgoing?.writableFinished === false) scope.cancel("the client has disconnected");
		};
		outgoing?.once("close", closed);
		try {
			yield* supervise(supervisor, args);
		} finally {
			outgoing?.off("close", closed);
		}
	});
});
