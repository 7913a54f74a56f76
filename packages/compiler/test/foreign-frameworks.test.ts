// Frameworks that were not compiled call compiled handlers, and notice nothing: what the clients see and what is logged
// is the same as natively.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { describe } from "vitest";
import { same } from "./compare.ts";

const require = createRequire(import.meta.url);

/** Listens with what a framework gives, and asks for each path in turn. */
async function ask(listener: RequestListener, ...paths: string[]): Promise<string[]> {
	const server = createServer(listener).listen(0, "127.0.0.1");
	await once(server, "listening");
	const answers: string[] = [];
	for (const path of paths) {
		const [method, place] = path.includes(" ") ? path.split(" ") : ["GET", path];
		const body = method === "POST" ? { body: JSON.stringify({ sent: true }) } : {};
		const headers = { "content-type": "application/json", connection: "close" };
		const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${place}`, {
			method: method as string,
			headers,
			...body,
		});
		answers.push(`${response.status} ${await response.text()}`);
	}
	server.close();
	await once(server, "close");
	return answers;
}

const runtimes = ["real"] as const;
const inRun = true;

describe("Express", () => {
	for (const version of ["express", "express4"]) {
		const modules = { express: require(version) as unknown, ask: { ask } };
		same(
			`${version}: handlers, middleware that awaits next, error handlers, routers, parameters`,
			`
const express = require("express"); const { ask } = require("ask");
class Users { async find(id) { await null; if (id === "7") throw new Error("no such user"); return { id }; } }
async function main() {
	const app = express(); const users = new Users();
	app.use(express.json());
	app.use(async (request, response, next) => { request.seen = ["middleware"]; await sleep(1); next(); });
	app.param("id", async (request, response, next, id) => { request.seen.push("param " + id); next(); });
	const router = express.Router();
	router.get("/:id", async function (request, response, next) {
		try { response.json({ user: await users.find(request.params.id), seen: request.seen }); } catch (error) { next(error); }
	});
	router.post("/", async ({ body }, response) => { response.send("posted " + JSON.stringify(await body)); });
	router.get("/", async (request, response, next) => { await sleep(1); next("route"); }, async () => { log("not reached"); });
	router.get("/", (request, response) => { response.send("second route"); });
	app.use("/users", router);
	app.use(async (error, request, response, next) => { await sleep(1); response.status(500).send("handled " + error.message); });
	for (const answer of await ask(app, "/users/1", "/users/7", "/users", "POST /users", "/none")) log(answer.replace(/\\s+/g, " ").slice(0, 90));
}`,
			{ modules, runtimes, inRun },
		);
	}
	same(
		"5 hears of the failure of a handler by its promise, as the error's one recipient",
		`
const express = require("express"); const { ask } = require("ask");
async function main() {
	const unhandled = []; const hear = (error) => { unhandled.push(error.message); }; process.on("unhandledRejection", hear);
	const app = express(); const handled = [];
	app.get("/sync", async () => { throw new Error("at once"); });
	app.get("/late", async () => { await sleep(2); throw new Error("later"); });
	app.get("/nested", async () => { await inner(); });
	async function inner() { await sleep(1); throw new Error("nested"); }
	app.get("/after", async (request, response) => { await sleep(1); response.send("alive"); });
	app.use((error, request, response, next) => { handled.push(error.message); response.status(500).send(error.message); });
	log(await ask(app, "/sync", "/late", "/nested", "/after")); await sleep(5); log(handled, unhandled); process.off("unhandledRejection", hear);
}`,
		{ modules: { express: require("express") as unknown, ask: { ask } }, runtimes, inRun },
	);
});

describe("Koa", () => {
	same(
		"middleware stands around what comes after it, and catches its failures",
		`
const Koa = require("koa"); const { ask } = require("ask");
async function main() {
	const app = new Koa(); app.silent = true; const reported = []; app.on("error", async (error) => { reported.push(error.message); });
	app.use(async (context, next) => { log("in", context.path); try { await next(); } catch (error) { log("caught", error.message); throw error; } finally { log("out", context.status); } });
	app.use(async (context, next) => { const started = 1; await next(); context.set("x-time", String(started)); });
	app.use(async ({ path }, next) => { if (path === "/twice") { await next(); await next(); } return next(); });
	app.use(async (context) => {
		await sleep(1);
		if (context.path === "/throw") context.throw(418, "teapot");
		if (context.path === "/error") throw new Error("broken");
		if (context.path === "/body") context.body = await (async () => ({ a: 1 }))();
	});
	for (const answer of await ask(app.callback(), "/body", "/throw", "/error", "/twice", "/none")) log(answer);
	log(reported);
}`,
		{ modules: { koa: require("koa") as unknown, ask: { ask } }, runtimes, inRun },
	);
});

describe("Fastify", () => {
	same(
		"handlers that return or send, hooks, plugins, decorators, schemas and error handlers",
		`
const Fastify = require("fastify");
async function main() {
	const app = Fastify(); const order = [];
	app.decorate("find", async function (id) { await sleep(1); return this === app ? { id } : "wrong this"; });
	app.addHook("onRequest", async (request) => { order.push("onRequest " + request.url); });
	app.addHook("preHandler", (request, reply, done) => { setTimeout(done, 1); });
	app.addHook("onSend", async (request, reply, payload) => { await null; return request.url === "/replaced" ? "replaced" : payload; });
	app.addHook("onClose", async () => { await sleep(1); log("closed"); });
	app.register(async function plugin(instance, options) { await sleep(1); instance.get("/inside", async () => ({ prefix: options.name })); }, { name: "inner" });
	app.get("/value/:id", { schema: { response: { 200: { type: "object", properties: { id: { type: "string" } } } } } }, async (request) => app.find(request.params.id));
	app.get("/replaced", async () => "original");
	app.get("/send", async (request, reply) => { await sleep(1); reply.code(201); return reply.send({ sent: true }); });
	app.get("/throw", async () => { await sleep(1); const error = new Error("bad"); error.statusCode = 409; throw error; });
	app.get("/callback", (request, reply) => { (async () => { await sleep(1); reply.send("later"); })(); });
	app.setNotFoundHandler(async (request, reply) => { reply.code(404); return "nothing at " + request.url; });
	await app.ready();
	for (const url of ["/value/3", "/replaced", "/send", "/throw", "/callback", "/inside", "/none"]) { const { statusCode, body } = await app.inject({ url }); log(statusCode, body); }
	log(order.length); await app.close();
}`,
		{ modules: { fastify: require("fastify") as unknown }, runtimes, inRun },
	);
	same(
		"an error handler hears of a failure once, and of a failure to boot the caller of ready()",
		`
const Fastify = require("fastify");
async function main() {
	const unhandled = []; const hear = (error) => { unhandled.push(error.message); }; process.on("unhandledRejection", hear);
	const app = Fastify(); const handled = [];
	app.setErrorHandler(async (error, request, reply) => { handled.push(error.message); await sleep(1); reply.code(500); return error.message; });
	app.get("/", async () => { await sleep(1); throw new Error("once"); });
	log((await app.inject("/")).body, handled);
	const broken = Fastify(); broken.register(async () => { await sleep(1); throw new Error("does not boot"); });
	try { await broken.ready(); } catch (error) { log("ready", error.message); }
	await sleep(5); log(unhandled); process.off("unhandledRejection", hear); await app.close();
}`,
		{ modules: { fastify: require("fastify") as unknown }, runtimes, inRun },
	);
});

describe("Hono", () => {
	same(
		"middleware, streams, validators and error handlers",
		`
const { Hono } = require("hono"); const { stream } = require("hono/streaming");
async function main() {
	const app = new Hono();
	app.use(async (c, next) => { log("in", c.req.path); await next(); log("out", c.res.status); });
	app.get("/json", async (c) => { await sleep(1); return c.json({ ok: true }); });
	app.get("/throw", async () => { await sleep(1); throw new Error("thrown"); });
	app.get("/stream", (c) => stream(c, async (out) => { for (const part of ["a", "b", "c"]) { await out.write(part); await out.sleep(1); } }));
	app.onError(async (error, c) => { await null; return c.text("handled " + error.message, 500); });
	app.notFound(async (c) => c.text("nothing", 404));
	for (const path of ["/json", "/throw", "/stream", "/none"]) { const response = await app.request(path); log(response.status, await response.text()); }
}`,
		{
			modules: { hono: require("hono") as unknown, "hono/streaming": require("hono/streaming") as unknown },
			runtimes,
			inRun,
			// Hono calls the stream's callback inside the middleware, which as its owner would wait for the end of the stream,
			// while the response is only given out when the middleware has ended.
			structures: ["scope"],
		},
	);
});
