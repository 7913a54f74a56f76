// A store that a middleware of the framework has set is seen by handlers that Holdfast runs, in each request its own; so is
// OpenTelemetry's active span.
import { AsyncLocalStorage } from "node:async_hooks";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import express from "express";
import fastify from "fastify";
import { type Awaitable, type Coroutine, cleanup, coroutine, run, sleep, until, withTaskGroup } from "holdfast";
import { Hono } from "hono";
import Koa from "koa";
import { describe, expect, test } from "vitest";
import { compile } from "../../holdfast/test/compile.ts";
import { scoped as scopedExpress, serveExpress } from "../src/express.ts";
import { scopedRoutes, serveFastify } from "../src/fastify.ts";
import { scoped as scopedHono, serveHono } from "../src/hono.ts";
import { scoped as scopedKoa, serveKoa } from "../src/koa.ts";
import { openTelemetry } from "../src/opentelemetry.ts";

const store = new AsyncLocalStorage<string>();

/** How often the handlers of all requests have met: each waits until all have begun, so that they are alive at once. */
let waiting = 0;
const all = 3;
const release: (() => void)[] = [];
const meeting = (): Promise<void> =>
	new Promise((resolve) => {
		release.push(resolve);
		if (++waiting % all === 0) for (const go of release.splice(0)) go();
	});

/** What a handler answers: its store before and after waits, in a task, and after its end. */
const generator = coroutine(function* () {
	const seen = [store.getStore()];
	yield* until(meeting());
	seen.push(store.getStore());
	yield* withTaskGroup((group) =>
		group.spawn(function* () {
			yield* sleep(1);
			seen.push(store.getStore());
		}),
	);
	seen.push(store.getStore());
	return seen.join(" ");
});

const compiled = compile<() => Promise<string>>(
	`async function main() {
		const seen = [store.getStore()];
		await meeting();
		seen.push(store.getStore());
		const task = async () => { await sleep(1); seen.push(store.getStore()); };
		await Promise.all([task()]);
		seen.push(store.getStore());
		return seen.join(" ");
	}`,
	{ store, meeting },
);

type Handler = () => Awaitable<string>;
const answerOf = (handler: Handler): Coroutine<string> => until(handler() as PromiseLike<string>);

interface Listening {
	port: number;
	onListening: (listening: { url: string }) => void;
}
type NodeHandler = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

function expressApp(handler: Handler) {
	const app = express();
	app.use((request: { query: { id: string } }, _response: unknown, next: () => void) =>
		store.run(request.query.id, next),
	);
	const scoped = scopedExpress(function* (_request: unknown, response: { send(text: string): void }) {
		response.send(yield* answerOf(handler));
	} as never);
	app.get("/", scoped as never);
	return app;
}

function koaApp(handler: Handler) {
	const app = new Koa();
	app.use((context: { query: { id: string } }, next: () => Promise<void>) => store.run(context.query.id, next));
	app.use(
		scopedKoa(function* (context: { body: string; req: IncomingMessage; res: ServerResponse }) {
			context.body = yield* answerOf(handler);
		} as never),
	);
	return app;
}

const frameworks: Record<
	string,
	{ serve(handler: Handler, options: Listening): Awaitable<unknown>; bare?(handler: Handler): NodeHandler }
> = {
	Express: {
		serve: (handler, options) => serveExpress(expressApp(handler), options),
		bare: (handler) => expressApp(handler),
	},
	Koa: {
		serve: (handler, options) => serveKoa(koaApp(handler), options),
		bare: (handler) => koaApp(handler).callback(),
	},
	Fastify: {
		serve(handler, options) {
			const app = scopedRoutes(fastify());
			app.addHook("onRequest", (request, _reply, done) => store.run((request.query as { id: string }).id, done));
			app.get("/", function* () {
				return yield* answerOf(handler);
			} as never);
			return serveFastify(app, options);
		},
	},
	Hono: {
		serve(handler, options) {
			const app = new Hono();
			app.use((context, next) => store.run(context.req.query("id") ?? "", next));
			app.get(
				"/",
				scopedHono(function* (context: { text(text: string): Response }) {
					return context.text(yield* answerOf(handler));
				} as never) as never,
			);
			return serveHono(app, options);
		},
	},
};

/** The answers to requests that are there at once. */
const answers = (url: string): Promise<string[]> =>
	Promise.all(["a", "b", "c"].map(async (id) => (await fetch(`${url}/?id=${id}`)).text()));

const EACH = ["a a a a", "b b b b", "c c c c"];

describe.each(Object.entries(frameworks))("%s", (_name, { serve, bare }) => {
	const handlers: Record<string, Handler> = { generators: generator, "compiled code": () => compiled() };
	describe.each(Object.entries(handlers))("%s", (_colour, handler) => {
		test("sees the store of its request, when Holdfast serves", async () => {
			const seen = await run(() =>
				withTaskGroup(function* (group) {
					const { url } = yield* group.start(function* (started: (listening: { url: string }) => void) {
						yield* until(serve(handler, { port: 0, onListening: started }) as PromiseLike<unknown>);
					});
					const texts = yield* cleanup(() => until(answers(url)));
					group.cancel();
					return texts;
				}),
			);
			expect(seen).toEqual(EACH);
		});

		if (bare !== undefined)
			test("sees it on a server of the host's own", async () => {
				const server = createServer(bare(handler) as never);
				await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
				try {
					expect(await answers(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).toEqual(EACH);
				} finally {
					server.closeAllConnections();
					await new Promise((resolve) => server.close(resolve));
				}
			});
	});
});

test("the span that OpenTelemetry's own middleware has made active is above those of the handler's tasks", async () => {
	const exporter = new InMemorySpanExporter();
	const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer("test");
	context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
	try {
		const app = express();
		app.use((request: { query: { id: string } }, response: ServerResponse, next: () => void) =>
			tracer.startActiveSpan(`GET ${request.query.id}`, (span) => {
				response.once("finish", () => span.end());
				next();
			}),
		);
		const handler = function* (request: { query: { id: string } }, response: { send(text: string): void }) {
			yield* until(meeting());
			yield* withTaskGroup((group) => group.spawnWith({ name: `load ${request.query.id}` }, () => sleep(1)));
			response.send(request.query.id);
		};
		app.get("/", scopedExpress(handler as never) as never);
		await run(
			() =>
				withTaskGroup(function* (group) {
					const { url } = yield* group.start((started: (listening: { url: string }) => void) =>
						serveExpress(app, { port: 0, onListening: started }),
					);
					yield* cleanup(() => until(answers(url)));
					group.cancel();
				}),
			{
				instruments: [
					openTelemetry({ tracer, runs: false, groups: false, tasks: (task) => task.name.startsWith("load") }),
				],
			},
		);
	} finally {
		context.disable();
	}
	const spans = exporter.getFinishedSpans();
	const parents = spans
		.filter(({ name }) => name.startsWith("load"))
		.map(({ name, parentSpanContext }) => [
			name,
			spans.find((span) => span.spanContext().spanId === parentSpanContext?.spanId)?.name,
		]);
	expect(parents.sort()).toEqual([
		["load a", "GET a"],
		["load b", "GET b"],
		["load c", "GET c"],
	]);
});
