import { expect, test } from "vitest";
import { compile } from "../test/compile.ts";
import { hostTurn, thrownBy, virtually } from "../test/virtually.ts";
import { ContextVar, copyContext } from "./context-var.ts";
import { coroutine } from "./coroutine.ts";
import { ContextVarError, ScopeMisuseError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { run } from "./run.ts";
import { cleanup, moveOnAfter, shield, withCancelScope, withTimeout } from "./scopes.ts";
import { checkpoint, sleep, sleepForever } from "./sleep.ts";

test("without value and default, get throws an error that names the variable", () => {
	const variable = new ContextVar<string>("requestId");
	const error = thrownBy(() => variable.get());
	expect(error).toBeInstanceOf(ContextVarError);
	expect((error as Error).message).toContain("requestId");
	expect(new ContextVar("with default", { default: 5 }).get()).toBe(5);
	expect(new ContextVar("undefined is a default", { default: undefined }).get()).toBeUndefined();
});

test("set and reset outside of a run say where they can be called; a name is needed", () => {
	const variable = new ContextVar("variable", { default: 0 });
	expect(thrownBy(() => variable.set(1))).toBeInstanceOf(ScopeMisuseError);
	expect(() => new ContextVar("")).toThrow(/needs a name/);
	expect(() => new ContextVar(undefined as never)).toThrow(/needs a name/);
});

test("what an awaited call sets, its caller sees, whatever scope stands between", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	const set = coroutine(function* (value: string) {
		yield* checkpoint();
		variable.set(value);
	});
	await virtually(function* () {
		for (const [name, around] of Object.entries<(body: () => PromiseLike<unknown>) => unknown>({
			call: (body) => body(),
			withTimeout: (body) => withTimeout(10, body),
			withCancelScope: (body) => withCancelScope(body),
			shield,
			cleanup,
			withTaskGroup: (body) => withTaskGroup(body),
		})) {
			yield* around(() => set(name)) as Generator<never, void, unknown>;
			expect(variable.get()).toBe(name);
		}
	});
});

test("compiled calls share the context along the await chain, bare calls get a copy", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	const log: string[] = [];
	const main = compile(
		`
		async function set(value) { await checkpoint(); variable.set(value); }
		async function main() {
			await set("awaited"); log.push(variable.get());
			await withTimeout(10, async () => { await set("in a timeout"); }); log.push(variable.get());
			await Promise.all([set("bare"), set("bare")]); log.push(variable.get());
		}`,
		{ variable, log },
	);
	await virtually(main);
	expect(log).toEqual(["awaited", "in a timeout", "in a timeout"]);
});

test("a task starts with a copy of its spawner's context, and keeps what it sets", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	await virtually(function* () {
		variable.set("outside");
		yield* withTaskGroup(function* (group) {
			const log: string[] = [];
			const spawned = group.spawn(function* () {
				log.push(variable.get());
				variable.set("inside");
				yield* checkpoint();
				log.push(variable.get());
			});
			variable.set("set after the spawn");
			yield* spawned;
			expect(log).toEqual(["outside", "inside"]);
			expect(variable.get()).toBe("set after the spawn");
		});
	});
});

test("the spawner's context, not that of the group", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	await virtually(() =>
		withTaskGroup(function* (group) {
			variable.set("group");
			const inner = group.spawn(function* () {
				variable.set("spawner");
				return yield* group.spawn(() => variable.get());
			});
			expect(yield* inner).toBe("spawner");
		}),
	);
});

test("with sets for a body, and puts the old value back when it is left in any way", async () => {
	const variable = new ContextVar("variable", { default: "default" });
	await virtually(function* () {
		const seen: string[] = [];
		const body = function* () {
			seen.push(variable.get());
			yield* checkpoint();
			seen.push(variable.get());
			return "value";
		};
		expect(yield* variable.with("inside", body)).toBe("value");
		expect(seen).toEqual(["inside", "inside"]);
		expect(variable.get()).toBe("default");
		try {
			yield* variable.with("inside", () => {
				throw new Error("boom");
			});
		} catch {}
		expect(variable.get()).toBe("default");
		yield* moveOnAfter(5, () => variable.with("inside", sleepForever));
		expect(variable.get()).toBe("default");
		expect(() => variable.with("x", Promise.resolve() as never)).toThrow(/pass the function/);
	});
});

test("reset takes back one set, once, and only of its own variable", async () => {
	const [one, two] = [new ContextVar("one", { default: 0 }), new ContextVar("two", { default: 0 })];
	await virtually(() => {
		const first = one.set(1);
		const second = one.set(2);
		one.reset(second);
		expect(one.get()).toBe(1);
		one.reset(first);
		expect(one.get()).toBe(0);
		expect((thrownBy(() => one.reset(first)) as Error).message).toMatch(/one was used before/);
		expect((thrownBy(() => two.reset(one.set(1) as never)) as Error).message).toMatch(/not one of two/);
		expect(thrownBy(() => one.reset(undefined as never))).toBeInstanceOf(ContextVarError);
	});
});

test("a token of another task's context is refused", async () => {
	const variable = new ContextVar("variable", { default: 0 });
	await virtually(() =>
		withTaskGroup((group) => {
			const token = variable.set(1);
			group.spawn(() => {
				expect(thrownBy(() => variable.reset(token))).toBeInstanceOf(ContextVarError);
			});
		}),
	);
});

test("a copied context does not see later changes", async () => {
	const variable = new ContextVar("variable", { default: 0 });
	await virtually(() =>
		withTaskGroup(function* (group) {
			variable.set(1);
			const context = copyContext();
			variable.set(2);
			const read = function* () {
				variable.set(variable.get() + 10);
				return variable.get();
			};
			expect(yield* group.spawnWith({ context }, read)).toBe(11);
			expect(yield* group.spawnWith({ context }, read)).toBe(11);
		}),
	);
});

test("two runs at once have separate contexts", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	const one = (value: string) =>
		run(function* () {
			const before = variable.get();
			variable.set(value);
			for (let turn = 0; turn < 3; turn++) yield* checkpoint();
			return [before, variable.get()];
		});
	expect(await Promise.all([one("a"), one("b")])).toEqual([
		["unset", "a"],
		["unset", "b"],
	]);
	await hostTurn();
	expect(variable.get()).toBe("unset");
});

test("native async functions see the context of the task that called them", async () => {
	const variable = new ContextVar("variable", { default: "unset" });
	await virtually(
		async () => {
			variable.set("outer");
			await Promise.resolve();
			expect(variable.get()).toBe("outer");
			await sleep(1);
			expect(variable.get()).toBe("outer");
		},
		{ onReport: () => {} },
	);
});
