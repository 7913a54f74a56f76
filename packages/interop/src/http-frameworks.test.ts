import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import {
	type Awaitable,
	ContextVar,
	type Coroutine,
	cleanup,
	run,
	sleep,
	sleepForever,
	until,
	withTaskGroup,
} from "holdfast";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { scoped as scopedExpress, serveExpress } from "./express.ts";
import { scopedRoutes, serveFastify } from "./fastify.ts";
import { scoped as scopedHono, serveHono } from "./hono.ts";
import { scoped as scopedKoa, serveKoa } from "./koa.ts";

/** A handler as the suite writes it: gives the text of the answer. */
type Routes = Record<string, (path: string) => Awaitable<string>>;
interface Serving {
	drain?: number;
	port: number;
	onListening: (listening: { url: string; port: number }) => void;
}

interface Face {
	name: string;
	/** The app with these routes; before their handlers stands middleware that awaits something of the host. */
	serve(routes: Routes, options: Serving, seen: (error: unknown) => void): Coroutine<unknown>;
	/** The same app on a server of Node's alone. */
	bare?(routes: Routes): (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
}

/** What the suite uses of an app of either version. */
interface ExpressApp {
	set(name: string, value: string): void;
	use(handler: unknown): void;
	get(path: string, handler: unknown): void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function expressApp(make: () => ExpressApp, routes: Routes, seen: (error: unknown) => void) {
	const app = make();
	app.set("env", "test");
	app.use((_request: unknown, _response: unknown, next: () => void) => void turn().then(next));
	for (const [path, handler] of Object.entries(routes))
		app.get(
			path,
			scopedExpress(function* (request: { path: string }, response: { send(text: string): void }) {
				response.send((yield* until(handler(request.path) as never)) as string);
			} as never) as never,
		);
	app.use(((error: unknown, _request: unknown, _response: unknown, next: (error: unknown) => void) => {
		seen(error);
		next(error);
	}) as never);
	return app as unknown as (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;
}

interface KoaContext {
	readonly req: IncomingMessage;
	readonly res: ServerResponse;
	readonly path: string;
	body: string;
}

function koaApp(routes: Routes, seen: (error: unknown) => void) {
	const app = new Koa();
	app.silent = true;
	app.on("error", seen);
	app.use(async (_context: unknown, next: () => Promise<void>) => {
		await turn();
		await next();
	});
	app.use(
		scopedKoa(function* (context: KoaContext) {
			const handler = routes[context.path];
			if (handler !== undefined) context.body = (yield* until(handler(context.path) as never)) as string;
		}),
	);
	return app;
}

const faces: Face[] = [
	{
		name: "Express 5",
		serve: (routes, options, seen) => serveExpress(expressApp(express, routes, seen), options),
		bare: (routes) => expressApp(express, routes, () => {}),
	},
	{
		name: "Express 4",
		serve: (routes, options, seen) => serveExpress(expressApp(express4, routes, seen), options),
		bare: (routes) => expressApp(express4, routes, () => {}),
	},
	{
		name: "Koa",
		serve: (routes, options, seen) => serveKoa(koaApp(routes, seen), options),
		bare: (routes) => koaApp(routes, () => {}).callback(),
	},
	{
		name: "Fastify",
		serve: (routes, options, seen) => {
			const app = scopedRoutes(fastify());
			app.addHook("preHandler", turn);
			app.addHook("onError", async (_request, _reply, error) => seen(error));
			for (const [path, handler] of Object.entries(routes))
				app.get(path, function* (request: { url: string }): Generator<never, string, unknown> {
					return (yield* until(handler(request.url) as never)) as string;
				} as never);
			return serveFastify(app, options);
		},
	},
	{
		name: "Hono",
		serve: (routes, options, seen) => {
			const app = new Hono();
			app.use(async (_context, next) => {
				await turn();
				await next();
			});
			for (const [path, handler] of Object.entries(routes))
				app.get(
					path,
					scopedHono(function* (context: { req: { path: string }; text(text: string): Response }) {
						return context.text((yield* until(handler(context.req.path) as never)) as string);
					} as never) as never,
				);
			app.onError((error, context) => {
				seen(error);
				return context.text("failed", "status" in error ? 503 : 500);
			});
			return serveHono(app, options);
		},
	},
];

interface Served {
	url: string;
	port: number;
	seen: unknown[];
	stop(): void;
	ended: Promise<void>;
}

/** Runs an app beside `body`; nothing may be left open after. */
async function serving(
	face: Face,
	routes: Routes,
	body: (served: Served) => Promise<void>,
	{ drain, before: prepare }: { drain?: number; before?: () => void } = {},
): Promise<unknown[]> {
	const open = sockets();
	const reports: unknown[] = [];
	const seen: unknown[] = [];
	await run(
		function* main() {
			prepare?.();
			yield* withTaskGroup(function* (group) {
				let ended = (): void => {};
				const end = new Promise<void>((resolve) => {
					ended = resolve;
				});
				const { url, port } = yield* group.start<{ url: string; port: number }, [], void>(function* (started) {
					try {
						const options = { port: 0, onListening: started, ...(drain !== undefined && { drain }) };
						yield* face.serve(routes, options, (error) => seen.push(error));
					} finally {
						ended();
					}
				});
				const stop = (): void => group.cancel("the test stops the server");
				try {
					yield* cleanup(() => body({ url, port, seen, stop, ended: end }));
				} finally {
					stop();
				}
			});
		},
		{ onReport: ({ error }) => reports.push(error) },
	);
	await expect.poll(sockets, { message: "sockets are left open" }).toBeLessThanOrEqual(open);
	return reports;
}

const sockets = (): number => process.getActiveResourcesInfo().filter((name) => /^TCP\w*Wrap$/.test(name)).length;

function signal(): { promise: Promise<void>; fire: () => void } {
	let fire = (): void => {};
	const promise = new Promise<void>((resolve) => {
		fire = resolve;
	});
	return { promise, fire };
}

/** Asks for `/wait` and leaves when `begun`. */
async function askAndLeave(port: number, begun: Promise<void>): Promise<void> {
	const socket = connect(port, "127.0.0.1");
	socket.on("error", () => {});
	socket.write("GET /wait HTTP/1.1\r\nHost: here\r\n\r\n");
	await begun;
	socket.destroy();
}

/** A handler that waits until it is cancelled, and says so when it has cleaned up. */
function waiting(begun: () => void, cleaned: () => void) {
	return function* (): Generator<never, string, unknown> {
		try {
			begun();
			yield* sleepForever();
		} finally {
			yield* cleanup(() => sleep(1));
			cleaned();
		}
		return "never";
	};
}

/** Calls a generator function in a handler that gives its call to `until`. */
const as =
	(fn: () => Generator<never, string, unknown>): Routes[string] =>
	() =>
		withTaskGroup(() => fn()) as never;

describe.each(faces)("$name", (face) => {
	test("a handler gives the answer; what it does not know is the framework's 404", async () => {
		await serving(face, { "/hello": (path) => `hello ${path}` }, async ({ url }) => {
			const response = await fetch(`${url}/hello`);
			expect([response.status, await response.text()]).toEqual([200, "hello /hello"]);
			expect((await fetch(`${url}/nothing`)).status).toBe(404);
		});
	});

	test("an error comes to the framework, the same object, and is answered 500", async () => {
		const error = new Error("its own");
		const reports = await serving(
			face,
			{
				"/fail": () => {
					throw error;
				},
			},
			async ({ url, seen }) => {
				expect((await fetch(`${url}/fail`)).status).toBe(500);
				expect(seen).toEqual([error]);
				expect(seen[0]).toBe(error);
			},
		);
		expect(reports).toEqual([]);
	});

	test("a client that goes cancels the handler, behind middleware too; its cleanup runs, and nobody logs it", async () => {
		const begun = signal();
		const cleaned = signal();
		const reports = await serving(face, { "/wait": as(waiting(begun.fire, cleaned.fire)) }, async ({ port }) => {
			await askAndLeave(port, begun.promise);
			await cleaned.promise;
		});
		expect(reports).toEqual([]);
	});

	test("a shutdown lets a request in flight finish", async () => {
		const begun = signal();
		const may = signal();
		await serving(
			face,
			{
				"/wait": async () => {
					begun.fire();
					await may.promise;
					return "whole";
				},
			},
			async ({ url, stop, ended }) => {
				const answer = fetch(`${url}/wait`);
				await begun.promise;
				stop();
				await new Promise((resolve) => setTimeout(resolve, 20));
				may.fire();
				const response = await answer;
				expect(await response.text()).toBe("whole");
				expect(response.headers.get("connection")).toBe("close");
				await ended;
			},
		);
	});

	test("what takes longer is cancelled and answered 503", async () => {
		const begun = signal();
		const cleaned = signal();
		await serving(
			face,
			{ "/wait": as(waiting(begun.fire, cleaned.fire)) },
			async ({ url, stop, ended }) => {
				const answer = fetch(`${url}/wait`);
				await begun.promise;
				stop();
				await cleaned.promise;
				expect((await answer).status).toBe(503);
				await ended;
			},
			{ drain: 20 },
		);
	});

	test("context variables of whoever serves are seen", async () => {
		const user = new ContextVar("user", { default: "nobody" });
		await serving(
			face,
			{ "/user": () => user.get() },
			async ({ url }) => {
				expect(await (await fetch(`${url}/user`)).text()).toBe("Ada");
			},
			{ before: () => user.set("Ada") },
		);
	});

	test("300 at once, each with its own answer", async () => {
		await serving(face, { "/slow": () => sleep(5).then(() => "slow") as never }, async ({ url }) => {
			const answers = await Promise.all(Array.from({ length: 300 }, () => fetch(`${url}/slow`)));
			const texts = await Promise.all(answers.map((answer) => answer.text()));
			expect(texts.every((text) => text === "slow")).toBe(true);
		});
	});

	const { bare } = face;
	test.runIf(bare !== undefined)(
		"on a server of Node's own a handler is a run, cancelled when its client goes",
		async () => {
			const begun = signal();
			const cleaned = signal();
			const routes = { "/wait": as(waiting(begun.fire, cleaned.fire)), "/hello": () => "hello" };
			const server = createServer((bare as NonNullable<typeof bare>)(routes) as never);
			await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
			try {
				const { port } = server.address() as AddressInfo;
				expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).text()).toBe("hello");
				await askAndLeave(port, begun.promise);
				await cleaned.promise;
			} finally {
				server.closeAllConnections();
				await new Promise((resolve) => server.close(resolve));
			}
		},
	);
});

test("what is no app, or no handler, is refused by name", () => {
	expect(() => serveExpress({} as never, { port: 0 })).toThrow(/serveExpress: pass the app/);
	expect(() => serveKoa({} as never, { port: 0 })).toThrow(/serveKoa: pass an app/);
	expect(() => serveHono({} as never, { port: 0 })).toThrow(/serveHono: pass an app/);
	expect(() => serveFastify({} as never, { port: 0 })).toThrow(/serveFastify: pass an app/);
	expect(() => scopedExpress(1 as never)).toThrow(/scoped: pass a handler/);
	expect(() => scopedKoa(1 as never)).toThrow(/scoped: pass a middleware/);
	expect(() => scopedHono(1 as never)).toThrow(/scoped: pass a handler/);
});
