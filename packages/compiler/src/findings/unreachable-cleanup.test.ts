import { marks } from "../../test/find.ts";

const rule = "unreachable-cleanup";

marks(
	rule,
	"a wait between the acquisition and the try that releases it",
	`async function f(pool) {
	const client = await pool.connect();
	await client.begin(); // !
	try { await client.work(); } finally { client.release(); }
}
async function g() {
	const { connection, name } = await connect();
	const user = await login(); // !
	try { await connection.work(user); } finally { if (connection) await connection.close(); }
}
async function h() {
	const unlock = await lock();
	await prepare(); // !
	try { await work(); } finally { unlock(); }
}
async function i() {
	const timer = setTimeout(tick, 10);
	for (const x of y) { await x; } // !
	try { await work(); } finally { clearTimeout(timer); }
}
async function j() {
	const file = await open();
	await check(); // !
	try { await work(); } finally { await file[Symbol.asyncDispose](); }
}
async function k() {
	const one = await open();
	const two = await open(); // !
	try { await work(); } finally { await one.close(); await two.close(); }
}
async function l() {
	const directory = await mkdtemp("x");
	await write(directory); // !
	try { await work(); } finally { await rm(directory); }
}`,
);

marks(
	rule,
	"what stands where it should",
	`async function f(pool) {
	const url = await config();
	const client = await pool.connect(url);
	const query = client.prepare();
	try { await client.work(query); } finally { client.release(); }
}
async function g() {
	const file = await open();
	try { await check(); } catch (error) { await file.close(); throw error; }
	try { await work(); } finally { await file.close(); }
}
async function h() {
	const started = now();
	await prepare();
	try { await work(); } finally { log(started); }
}
async function i(client) {
	await client.begin();
	try { await work(); } finally { client.release(); }
}
async function j() {
	const client = await connect();
	later(async () => { await work(); });
	try { await work(); } finally { client.release(); }
}
async function l() {
	const path = join(directory, "x");
	await write(path);
	try { await work(); } finally { await unlink(path); }
}
async function k() {
	await using client = await connect();
	await work();
	try { await work(); } finally { client.release(); }
}`,
);

marks(
	rule,
	"a wait between the acquisition and onExit or defer",
	`import { onExit } from "holdfast";
async function f() {
	const server = await listen();
	await warmUp(); // !
	onExit(() => server.close());
}
async function g() {
	const server = await listen();
	onExit(() => server.close());
	await warmUp();
	try { await work(); } finally { server.close(); }
}
async function h() {
	await using stack = new AsyncDisposableStack();
	const server = await listen();
	await warmUp(); // !
	stack.defer(async () => { await server.close(); });
}`,
);

marks(
	rule,
	"what stands behind a sleep without an end",
	`import { sleepForever } from "holdfast";
async function f(server) {
	await sleepForever();
	await server.close(); // !
}
function* g() {
	yield* sleepForever();
	return 1; // !
}
async function h(server) {
	try { await sleepForever(); } finally { await server.close(); }
	function helper() {}
}
async function i() {
	if (x) await sleepForever();
	work();
}`,
);

marks(
	rule,
	"cleanup that is registered after the end",
	`import { onExit } from "holdfast";
async function f() {
	if (x) { return 1; }
	onExit(close);
	return 2;
	onExit(close); // !
}
async function g() {
	throw new Error();
	try { work(); } finally { close(); } // !
}
async function h() {
	return 1;
	function helper() {}
}`,
);

marks(
	rule,
	"process.exit() inside a try that has a finally",
	`async function main() {
	try {
		await work();
		process.exit(0); // !
	} catch (error) {
		process.exit(1); // !
	} finally {
		await close();
	}
	process.exit(0);
}
async function f() { try { later(() => { process.exit(1); }); } finally { await close(); } }
async function g() { try { await work(); } finally { process.exit(1); } }
async function h() { try { process.exit(1); } catch {} }`,
);
