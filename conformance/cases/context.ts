import {
	ContextVar,
	ContextVarError,
	checkpoint,
	copyContext,
	moveOnAfter,
	retry,
	shield,
	sleep,
	withCancelScope,
	withTaskGroup,
	withTimeout,
} from "holdfast";
import { equal, instance, ok, outcome, outside, same, test, thrown, thrownBy, value, virtual } from "../harness.ts";

outside("CTX-01", "a run has a context of its own", function* () {
	const variable = new ContextVar<string>("variable", { default: "default" });
	yield* value(
		virtual(async () => {
			variable.set("inside");
			await checkpoint();
			equal(variable.get(), "inside");
		}),
	);
	equal(yield* value(virtual(() => variable.get())), "default");
});

test("CTX-02", "a task starts with its spawner's values of that moment; what it sets stays its own", async () => {
	const variable = new ContextVar<string>("variable");
	const log: string[] = [];
	variable.set("one");
	await withTaskGroup(async (group) => {
		const child = async (name: string): Promise<void> => {
			log.push(`${name}: ${variable.get()}`);
			variable.set(name);
			await checkpoint();
			log.push(`${name}: ${variable.get()}`);
		};
		group.spawn(child, "a");
		variable.set("two");
		group.spawn(child, "b");
		await sleep(1);
		log.push(`body: ${variable.get()}`);
	});
	equal(log, ["a: one", "b: two", "a: a", "b: b", "body: two"]);
});

test(
	"CTX-04",
	"a context that is given explicitly is what a task starts with; what the task sets stays its own",
	async () => {
		const variable = new ContextVar<number>("variable", { default: 0 });
		variable.set(10);
		const context = copyContext();
		variable.set(100);
		const values: number[] = [];
		await withTaskGroup(async (group) => {
			const add = async (): Promise<void> => {
				variable.set(variable.get() + 1);
				await checkpoint();
				values.push(variable.get());
			};
			await group.spawnWith({ context }, add);
			await group.spawnWith({ context }, add);
		});
		equal(values, [11, 11]);
		equal(variable.get(), 100);
	},
);

test(
	"CTX-05",
	"the first step of a bare call has a context of its own",
	async () => {
		const variable = new ContextVar<string>("variable");
		variable.set("caller");
		const child = async (): Promise<string> => {
			variable.set("child");
			await checkpoint();
			return variable.get();
		};
		const promise = child();
		equal(variable.get(), "caller");
		equal(await promise, "child");
		equal(variable.get(), "caller");
	},
	{ compiledOnly: "a bare call of a generator coroutine starts nothing" },
);

test(
	"CTX-06",
	"what an awaited function sets, its caller sees, through timeouts, shields, scopes and retries",
	async () => {
		const variable = new ContextVar<string>("variable", { default: "none" });
		const set = async (value: string): Promise<void> => {
			await checkpoint();
			variable.set(value);
			await checkpoint();
		};
		await set("plain");
		equal(variable.get(), "plain");
		await withTimeout(1000, async () => await set("timeout"));
		equal(variable.get(), "timeout");
		await moveOnAfter(1000, async () => await set("move on"));
		equal(variable.get(), "move on");
		await shield(async () => await set("shield"));
		equal(variable.get(), "shield");
		await withCancelScope(async () => await set("scope"));
		equal(variable.get(), "scope");
		await withTaskGroup(async () => await set("group"));
		equal(variable.get(), "group");
		await retry(async () => await set("retry"));
		equal(variable.get(), "retry");
		await moveOnAfter(1, async () => {
			variable.set("cancelled");
			await sleep(10);
		});
		equal(variable.get(), "cancelled");
	},
);

test("HF-CTX-01", "reset takes back what a token's set did; with does so by itself", async () => {
	const variable = new ContextVar<string>("variable", { default: "default" });
	const token = variable.set("one");
	const inner = variable.set("two");
	variable.reset(inner);
	equal(variable.get(), "one");
	variable.reset(token);
	equal(variable.get(), "default");
	equal(
		await variable.with("inside", async () => {
			await checkpoint();
			return variable.get();
		}),
		"inside",
	);
	equal(variable.get(), "default");
	const error = new Error("body");
	const failing = variable.with("inside", () => {
		throw error;
	});
	same(await thrown(() => failing), error);
	equal(variable.get(), "default");
});

test("HF-CTX-02", "a variable without value or default, and a wrong or reused token, are named errors", async () => {
	const variable = new ContextVar<string>("lonely");
	const error = thrownBy(() => variable.get());
	instance(error, ContextVarError);
	ok(/lonely/.test(error.message), "the message names the variable");
	const token = variable.set("value");
	variable.reset(token);
	instance(
		thrownBy(() => variable.reset(token)),
		ContextVarError,
	);
	const foreign = new ContextVar<string>("other").set("value");
	instance(
		thrownBy(() => variable.reset(foreign)),
		ContextVarError,
	);
});

test("HF-CTX-03", "a value of undefined is a value", async () => {
	const variable = new ContextVar<string | undefined>("variable", { default: undefined });
	equal(variable.get(), undefined);
	const other = new ContextVar<string | undefined>("other");
	other.set(undefined);
	equal(other.get(), undefined);
});

test("HF-CTX-04", "10,000 variables and tasks: copying costs nothing and keeps everything", async () => {
	const variables = Array.from({ length: 1000 }, (_, i) => new ContextVar<number>(`v${i}`));
	for (const [index, variable] of variables.entries()) variable.set(index);
	let sum = 0;
	await withTaskGroup(async (group) => {
		for (let i = 0; i < 10_000; i++) {
			group.spawn(() => {
				sum += variables[i % 1000]?.get() ?? 0;
			});
		}
	});
	equal(sum, 10 * ((999 * 1000) / 2));
});

test("HF-CTX-05", "what a failing or cancelled call has set is seen by its caller", async () => {
	const variable = new ContextVar<string>("variable");
	const failing = async (): Promise<void> => {
		variable.set("failed");
		await checkpoint();
		throw new Error("call");
	};
	await outcome(failing);
	equal(variable.get(), "failed");
});
