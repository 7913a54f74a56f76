import { type Report, run, type TaskGroup, until, withTaskGroup } from "holdfast";
import { expect } from "vitest";
import type { HttpListening, ServeHttpOptions } from "../src/http/serve-http.ts";
import { serveHttp } from "../src/http/serve-http.ts";

/** What a test of a server is given. */
export interface Served extends HttpListening {
	readonly reports: unknown[];
	/** Cancels the server, by its own scope. */
	stop(): void;
	/** Settles when the server has ended. */
	readonly ended: Promise<void>;
}

/** Runs a server beside `body`, and ends it after; nothing may be left open then. */
export async function serving(
	options: Omit<ServeHttpOptions, "onListening">,
	body: (served: Served) => Promise<void>,
	{ grace = 5_000, before: prepare }: { grace?: number; before?: () => unknown } = {},
): Promise<unknown[]> {
	const before = sockets();
	const reports: unknown[] = [];
	await run(
		function* main() {
			prepare?.();
			yield* withTaskGroup(function* (group: TaskGroup) {
				let ended = (): void => {};
				const end = new Promise<void>((resolve) => {
					ended = resolve;
				});
				const servers = yield* group.start<TaskGroup, [], void>(function* (started) {
					yield* withTaskGroup(
						function* (own) {
							started(own);
							yield* until(end);
						},
						{ grace },
					);
				});
				const listening = yield* servers.start<HttpListening, [], void>(function* (started) {
					try {
						yield* serveHttp({ ...options, ...(options.path === undefined && { port: 0 }), onListening: started });
					} finally {
						ended();
					}
				});
				try {
					yield* until(
						body({
							...listening,
							statistics: listening.statistics,
							reports,
							stop: () => servers.cancel("the test stops the server"),
							ended: end,
						}),
					);
				} finally {
					servers.cancel("the test has ended");
				}
			});
		},
		{ onReport: ({ error }: Report) => reports.push(error) },
	);
	await expect.poll(() => sockets(), { message: "sockets are left open" }).toBeLessThanOrEqual(before);
	return reports;
}

/** How many sockets and servers the process has open. */
export function sockets(): number {
	return process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe|TLS)\w*Wrap$/.test(name)).length;
}
