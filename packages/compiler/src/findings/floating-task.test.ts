import { describe, expect, test } from "vitest";
import { find, marks, mended } from "../../test/find.ts";

const rule = "floating-task";
const save = "async function save() { await 1; }\n";

describe("in structured code", () => {
	marks(
		rule,
		"the async function owns what it calls, in callbacks that are called at once too",
		`${save}
async function f(items) {
	save();
	save().finally(items);
	items.forEach((item) => { save(item); });
	items.forEach((item) => save(item));
	const inner = () => { save(); };
	(async () => { await save(); })();
	Promise.all([save(), save()]);
	if (items) save(); else save();
	items && save();
}
const g = async () => { save(); };
class C { async load() { this.save(); } async save() {} }`,
	);

	marks(
		rule,
		"a synchronous function leaves the task to whoever calls it",
		`${save}function f() { save(); }\nconst g = () => { save(); };\nclass C { constructor() { this.open(); } async open() {} }`,
	);

	marks(
		rule,
		"nothing owns what is called outside of every function",
		`${save}save(); // !
(async () => { await save(); })(); // !
if (x) save(); // !
[1].forEach((n) => save(n)); // !
save().then(done); // !
save().catch(report);
save().then(done, report);
void save();
const kept = save();
await save();
export default save();`,
	);

	marks(
		rule,
		"nothing owns what a timer or an event calls, unless an async function expression brings its owner along",
		`${save}
async function f(emitter) {
	setTimeout(() => save(), 10); // !
	setTimeout(() => { save(); }, 10); // !
	setTimeout(save, 10); // !
	process.nextTick(save); // !
	emitter.on("x", () => { save(); }); // !
	emitter.on("x", () => void save());
	setTimeout(async () => { save(); }, 10);
	setTimeout(() => { other(); }, 10);
	emitter.on("x", save);
}`,
	);

	marks(
		rule,
		"an async function expression brings the owner along in which it was made",
		`const outside = async () => {};
async function f(emitter) {
	const inside = async () => {};
	async function declared() {}
	setTimeout(inside, 10);
	setTimeout(outside, 10); // !
	setTimeout(declared, 10); // !
	emitter.on("x", () => { inside(); });
	emitter.on("x", () => { outside(); }); // !
	emitter.then(inside);
}
function g() { const inside = async () => {}; setTimeout(() => inside(), 10); }`,
	);

	marks(
		rule,
		"nothing owns the task of a named function that .then() calls",
		`${save}
async function f() {
	save().then(save); // !
	save().then(save).catch(report); // !
	save().then((x) => x);
	save().then(async (x) => { await x; });
	const both = save().then(save);
	await save().then(save);
}`,
	);

	marks(
		rule,
		"promises of foreign code have no owner",
		`import { rm } from "node:fs/promises";
import * as files from "fs/promises";
import fs, { promises } from "node:fs";
const { setTimeout: delay } = require("timers/promises");
async function f() {
	fetch("/"); // !
	rm("x"); // !
	files.rm("x"); // !
	fs.promises.rm("x"); // !
	promises.rm("x"); // !
	delay(10); // !
	fs.rm("x", done);
	fetch("/").catch(report);
}
function g(fetch) { fetch("/"); }`,
	);

	marks(
		rule,
		"native functions make promises that have no owner",
		`"use structured";
async function compiled() {}
async function native() { "use native"; compiled(); } // !
async function f() { native(); } // !`,
	);

	marks(
		rule,
		"generators own nothing; scopes do",
		`import { coroutine, run, withTimeout } from "holdfast";
${save}
const f = coroutine(function* () { save(); }); // !
run(function* () { save(); });
const g = coroutine(function* () {
	yield* withTimeout(10, function* () { save(); });
});`,
	);
});

describe("in scope mode", () => {
	const options = { mode: "scope" } as const;

	marks(
		rule,
		"a function lets its tasks outlive it",
		`${save}
async function f(items) {
	save(); // !
	items.forEach((item) => { save(item); }); // !
	items && save(); // !
	(async () => { await save(); })(); // !
	Promise.all([save()]); // !
	void save();
	await save();
	const task = save();
	save().catch(report);
	return save();
}
function g() { save(); } // !
const h = () => save();`,
		options,
	);

	marks(
		rule,
		"a scope that can be seen owns what is called in it",
		`import { run, withTaskGroup, withTimeout, openTaskGroup } from "holdfast";
${save}
await run(async () => { save(); });
await withTaskGroup(async (group) => {
	save();
	group.spawn(async () => { save(); });
	setTimeout(() => { save(); }); // !
});
async function f(lock) {
	await withTimeout(10, () => { save(); });
	await lock.with(async () => { save(); }); // !
}
async function g() {
	await using group = openTaskGroup();
	save();
}`,
		options,
	);

	marks(
		rule,
		"directives decide",
		`${save}
async function f() { "use structured"; save(); const g = async () => { save(); }; }
async function g() { save(); } // !`,
		options,
	);
});

describe("what is known of a callee", () => {
	marks(
		rule,
		"functions, methods and members that are async for certain",
		`const a = async () => {}, o = { async m() {}, n: async () => {}, s() {} };
class C { async m() {} static async s() {} #p = async () => {}; f = async () => {}; run() { this.m(); this.f(); this.#p(); this.t(); } t() {} }
const c = new C();
a(); // !
o.m(); // !
o.n(); // !
c.m(); // !
o.s();
c.t();
let changing = async () => {};
changing();
unknown();
async function* generator() {}
generator();`,
	);

	marks(
		rule,
		"the nearest declaration of a name counts",
		`${save}
{ const save = () => {}; save(); }
function f(save) { save(); }
{ save(); } // !
function g() { if (x) { var save = 1; } return () => { save(); }; }`,
	);

	marks(
		rule,
		"a type checker knows more",
		`own();\nforeign(); // !\ntask();\nother();\nasync function f() {\n\town();\n\tforeign(); // !\n\ttask();\n}`.replace(
			"own();",
			"own(); // !",
		),
		{
			types: {
				"own()": { kind: "promise", isOwn: true },
				"foreign()": { kind: "promise", isOwn: false },
				"task()": { kind: "task" },
				"other()": { kind: "other" },
			},
		},
	);
});

describe("what is proposed", () => {
	const scope = { mode: "scope" } as const;
	test("await where the function can wait, yield* in generators, void elsewhere", () => {
		expect(mended(`${save}async function f() { save(); }`, scope)).toBe(`${save}async function f() { await save(); }`);
		expect(mended(`${save}save();`)).toBe(`${save}void save();`);
		expect(mended(`${save}function f() { save(); }`, scope)).toBe(`${save}function f() { void save(); }`);
	});

	test("messages name the function and the mend", () => {
		expect(find(`${save}save();`)[0]?.message).toBe(
			"Nobody owns the task of save(): it is called outside of every function. Write `await run(save)`, or `run(…)` where there is no top-level await; `void` if that is meant.",
		);
	});
});
