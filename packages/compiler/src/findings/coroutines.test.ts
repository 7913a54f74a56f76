import { describe, expect, test } from "vitest";
import { marks, mended } from "../../test/find.ts";

describe("unstarted-coroutine", () => {
	const rule = "unstarted-coroutine";

	marks(
		rule,
		"a coroutine whose value is dropped never runs",
		`import { sleep, coroutine, Lock, Queue, createChannel, withTaskGroup, run } from "holdfast";
import * as holdfast from "holdfast";
const own = coroutine(function* () { yield* sleep(1); });
const lock = new Lock();
const { sender, receiver: inbox } = createChannel(1);
async function f(queue) {
	sleep(10); // !
	void sleep(10); // !
	holdfast.sleep(10); // !
	own(); // !
	lock.acquire(); // !
	lock.release();
	sender.send(1); // !
	inbox.receive(); // !
	inbox.close();
	new Queue().put(1);
	await sleep(10);
	return sleep(10);
}
await withTaskGroup(async (group) => {
	group.spawn(own);
	group.start(own); // !
	const started = sleep(1);
	run(own);
});`,
	);

	marks(
		rule,
		"other functions of these names are others",
		`import { sleep } from "./sleep.js";\nimport { fetch } from "holdfast/fetch";\nsleep(10);\nfetch("/"); // !\nfunction f(sleep) { sleep(1); }`,
	);

	test("await and yield* are proposed where they can stand", () => {
		const head = 'import { sleep } from "holdfast";\n';
		expect(mended(`${head}async function f() { sleep(1); }`)).toBe(`${head}async function f() { await sleep(1); }`);
		expect(mended(`${head}async function f() { void sleep(1); }`)).toBe(
			`${head}async function f() { await sleep(1); }`,
		);
		expect(mended(`${head}function* f() { sleep(1); }`)).toBe(`${head}function* f() { yield* sleep(1); }`);
		expect(mended(`${head}function f() { sleep(1); }`)).toBe(`${head}function f() { sleep(1); }`);
	});
});

describe("yield-without-star", () => {
	const rule = "yield-without-star";

	marks(
		rule,
		"coroutines take only yield*",
		`import { coroutine, run, sleep, withTaskGroup } from "holdfast";
const f = coroutine(function* () {
	yield sleep(1); // !
	yield Promise.resolve(1); // !
	yield* sleep(1);
	yield;
});
run(function* () { yield f(); }); // !
withTaskGroup(function* (group) {
	group.spawn(function* () { yield 1; }); // !
});
function* plain() {
	yield 1;
	yield sleep(1); // !
}
async function* values() { yield sleep(1); }
other(function* () { yield 1; });`,
	);

	test("the star is proposed", () => {
		const head = 'import { sleep } from "holdfast";\n';
		expect(mended(`${head}function* f() { yield sleep(1); }`)).toBe(`${head}function* f() { yield* sleep(1); }`);
	});
});

describe("call-instead-of-function", () => {
	const rule = "call-instead-of-function";
	const head = `import { run, withTimeout, withTaskGroup, race, all, retry, sleep, openTaskGroup } from "holdfast";
async function main(x) {}
const make = () => main;
`;

	marks(
		rule,
		"what calls a function is handed a call",
		`${head}
await run(main()); // !
await run(main);
await run(make());
await run(() => main(1));
await run((async () => {})()); // !
await withTimeout(10, main()); // !
await withTimeout(10, sleep(5)); // !
await retry(main(1)); // !
await withTaskGroup(async (group) => {
	group.spawn(main()); // !
	group.spawn(main, 1);
	group.spawnWith({ name: "x" }, main(1)); // !
	group.start(main(1)); // !
	child.spawn(main());
});
async function f() {
	await using group = openTaskGroup();
	group.spawn(main()); // !
}`,
	);

	marks(
		rule,
		"entries of a race that it has not started",
		`${head}
await race([main(1), sleep(5)]); // !
await race([() => main(1), sleep(5), task]);
await all([main(1), main(2)]);
await Promise.race([main(1), main(2)]);`,
	);

	test("the function is proposed", () => {
		const first = (code: string): string => mended(`${head}${code}`).slice(head.length);
		expect(first("run(main());")).toBe("run(main);");
		expect(first("run(main(1));")).toBe("run(() => main(1));");
		expect(first("await withTaskGroup((group) => { group.spawn(main(1, 2)); });")).toBe(
			"await withTaskGroup((group) => { group.spawn(main, 1, 2); });",
		);
		expect(first("run((async () => { await 1; })());")).toBe("run(async () => { await 1; });");
	});
});
