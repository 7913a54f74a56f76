import { inspect } from "node:util";
import { expect, test } from "vitest";
import { compile } from "../../test/compile.ts";
import { virtually } from "../../test/virtually.ts";
import { coroutine, currentScope, currentTask, sleep, withTaskGroup, withTimeout } from "../index.ts";
import { VirtualLoop } from "../loops/virtual.ts";
import { run } from "../run.ts";

test("tasks, scopes, groups and coroutines are printed and logged by what they are, not by what hangs on them", async () => {
	const load = coroutine(function* load() {});
	await virtually(
		function* main() {
			expect(inspect({ task: currentTask() })).toBe(
				"{ task: Task { id: 1, name: 'main', state: 'running' } }".replace("1", String(currentTask().id)),
			);
			yield* withTimeout(5, function* () {
				expect(inspect(currentScope())).toBe("Scope { name: 'timeout of 5 ms', cancelled: false, closed: false }");
			});
			yield* withTaskGroup(function* (group) {
				expect(inspect(group)).toBe("TaskGroup { name: '', cancelled: false, closed: false }");
				group.cancel();
				expect(JSON.stringify(group)).toBe('{"name":"","cancelled":true,"closed":false}');
			});
			const call = load();
			expect([inspect(call), JSON.stringify(call)]).toEqual([
				"Coroutine { name: 'load', started: false }",
				'{"name":"load","started":false}',
			]);
			yield* call;
			expect(inspect([call, sleep(1)]).replace(/\s+/g, " ")).toBe(
				"[ Coroutine { name: 'load', started: true }, Coroutine { name: 'sleep', started: false } ]",
			);
		},
		{ onReport: () => {} },
	);
});

test("the promise of a call is printed like that of a native async function, in every state, also if it holds itself", async () => {
	const native = {
		value: async () => ({ a: { b: { c: { d: 1 } } } }),
		late: () => new Promise<void>((resolve) => setImmediate(resolve)),
		fail: async () => {
			throw 5;
		},
	};
	const main = compile(
		`
async function value() { return { a: { b: { c: { d: 1 } } } }; }
async function late() { await sleep(1); }
async function fail() { throw 5; }
async function main() {
	const promises = [value(), late(), fail()];
	promises[2].catch(() => {});
	const self = {}; self.promise = (async () => self)();
	const stopped = late(); taskOf(stopped).cancel();
	await sleep(0);
	see(promises, self.promise, stopped, value());
	await promises[1];
}`,
		{
			see(promises: Promise<unknown>[], self: unknown, stopped: unknown, fresh: unknown) {
				const natively = [native.value(), native.late(), native.fail()];
				natively[2]?.catch(() => {});
				for (const options of [{}, { depth: 0 }, { depth: Number.POSITIVE_INFINITY, compact: false }, { colors: true }])
					expect(inspect(promises, options)).toBe(inspect(natively, options));
				expect(inspect(self, { depth: Number.POSITIVE_INFINITY })).toMatch(
					/^Promise \{ \{ promise: \[Circular \*1\] \} \}$/,
				);
				expect(inspect(stopped)).toMatch(/^Promise \{\s+<rejected> TaskCancelledError/);
				expect(inspect(fresh)).toBe(inspect(native.value()));
			},
		},
	);
	await run(main, { loop: new VirtualLoop() });
});
