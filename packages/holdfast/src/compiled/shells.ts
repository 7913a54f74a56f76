import { currentNativeTask } from "#host";
import { LazyCoroutine } from "../coroutine.ts";
import { type Begin, corocall, type Entry, fresh } from "../invoke.ts";
import { state } from "../kernel/state.ts";
import type { Owner } from "../kernel/task.ts";
import { bareCall } from "../runner.ts";
import { makeAsyncGenerator, makePrototype } from "./async-generator.ts";
import { beginBody } from "./body.ts";
import { ASYNC_GENERATOR, CompiledCode, DECLARATION, type ModuleRecord, OWNER, PLAIN } from "./code.ts";
import { firstAwait } from "./first-await.ts";
import { enterPlain, owning, type PlainBody, type PlainEntry } from "./plain.ts";

/** A body as the compiler emits it: it yields the number of the await at which it is suspended. */
export type Body = (this: unknown, ...args: never[]) => Generator<number>;

export interface CompiledEntry extends Entry {
	shell1: unknown;
	code: CompiledCode;
	/** The owner in whose call an expression was evaluated: where late callbacks belong. */
	home: Owner | null;
	site: 0;
	body: PlainBody | undefined;
}

type Shell = (this: unknown, ...args: unknown[]) => unknown;

const AsyncFunctionPrototype: object = Object.getPrototypeOf(async () => {});
const AsyncGeneratorFunctionPrototype: object = Object.getPrototypeOf(async function* () {});

/** The entry of a declared function, whose shell stands in the source. */
export function define(
	shell: Shell,
	body: Body,
	module: ModuleRecord | undefined,
	name: string,
	params: number,
	flags: number,
): CompiledEntry {
	const entry = makeEntry(body, new CompiledCode(name, module, flags), params, undefined, false);
	brand(shell, entry);
	if (shell.name !== name) Object.defineProperty(shell, "name", { value: name, configurable: true });
	return entry;
}

/** The value of an async function expression. */
export function fn(
	body: Body,
	module: ModuleRecord | undefined,
	name: string,
	length: number,
	params: number,
	flags: number,
): Shell {
	return makeShell(makeEntry(body, new CompiledCode(name, module, flags), params, undefined, false), name, length);
}

/** The value of an async arrow function, with the `this` around it. */
export function arrow(
	receiver: unknown,
	body: Body,
	module: ModuleRecord | undefined,
	name: string,
	length: number,
	params: number,
	flags: number,
): Shell {
	return makeShell(makeEntry(body, new CompiledCode(name, module, flags), params, receiver, true), name, length);
}

/** Puts a shell in the place of a class's empty method. */
export function method(
	target: object,
	key: PropertyKey,
	body: Body,
	module: ModuleRecord | undefined,
	params: number,
	flags: number,
): void {
	const descriptor = Object.getOwnPropertyDescriptor(target, key) as PropertyDescriptor;
	const { name, length } = descriptor.value as Shell;
	const code = new CompiledCode(name, module, flags);
	Object.defineProperty(target, key, {
		...descriptor,
		value: makeShell(makeEntry(body, code, params, undefined, false), name, length),
	});
}

/** A call of a compiled function without `await`, by whoever. */
export function bare(entry: CompiledEntry, receiver: unknown, args: ArrayLike<unknown>): unknown {
	if (receiver !== undefined) refuseNew(entry, receiver);
	return bareCall(entry, entry.code, entry.home, receiver, args, raw);
}

/** A call of a compiled async generator function. */
export function generator(entry: CompiledEntry, receiver: unknown, args: ArrayLike<unknown>): unknown {
	return makeAsyncGenerator(
		(entry as unknown as { generator: Body }).generator.apply(receiver, args as never),
		entry.code,
		entry.shell1,
	);
}

/** The shell of a declaration is an ordinary function, which the engine lets be constructed; async functions cannot be. */
function refuseNew(entry: CompiledEntry, receiver: unknown): void {
	if ((entry.code.flags & DECLARATION) === 0 || receiver === null || typeof receiver !== "object") return;
	const prototype = Object.getPrototypeOf(receiver) as unknown;
	if (prototype !== null && prototype === (entry.shell1 as { prototype?: unknown }).prototype)
		throw new TypeError(`${entry.code.name} is not a constructor`);
}

/** A bare call of a private method, whose body is a private generator method. */
export function barePrivate(
	receiver: unknown,
	body: Body,
	args: ArrayLike<unknown>,
	module: ModuleRecord | undefined,
	name: string,
	flags: number,
): unknown {
	const code = new CompiledCode(name, module, flags);
	if ((flags & ASYNC_GENERATOR) !== 0) return makeAsyncGenerator(body.apply(receiver, args as never), code, undefined);
	const entry = makeEntry(body, code, -1, undefined, false);
	return bareCall(entry, code, null, receiver, args, raw);
}

/** An awaited call of a private method. */
export function callPrivate(
	receiver: unknown,
	body: Body,
	module: ModuleRecord | undefined,
	name: string,
	flags: number,
	...args: never[]
): unknown {
	const begin = (): unknown => beginBody(body.apply(receiver, args), new CompiledCode(name, module, flags));
	return state.limit === 0 ? firstAwait(begin) : begin();
}

const privateCallees = /* @__PURE__ */ new WeakMap<Body, Shell>();

/** A private method as a function that can be called like any other. */
export function privateCallee(body: Body, module: ModuleRecord | undefined, name: string, flags: number): Shell {
	let callee = privateCallees.get(body);
	if (callee === undefined) {
		callee = define(() => undefined, body, module, name, -1, flags).shell1 as Shell;
		privateCallees.set(body, callee);
	}
	return callee;
}

function makeShell(entry: CompiledEntry, name: string, length: number): Shell {
	const { shell } =
		(entry.code.flags & ASYNC_GENERATOR) === 0
			? {
					shell(this: unknown): unknown {
						return bare(entry, this, arguments);
					},
				}
			: {
					shell(this: unknown): unknown {
						return generator(entry, this, arguments);
					},
				};
	Object.defineProperty(shell, "name", { value: name, configurable: true });
	if (length > 0) Object.defineProperty(shell, "length", { value: length, configurable: true });
	entry.home = (state.task ?? currentNativeTask())?.owner ?? null;
	brand(shell, entry);
	return shell;
}

function brand(shell: Shell, entry: CompiledEntry): void {
	entry.shell1 = shell;
	if ((entry.code.flags & ASYNC_GENERATOR) !== 0) {
		Object.setPrototypeOf(shell, AsyncGeneratorFunctionPrototype);
		Object.defineProperty(shell, "prototype", { value: makePrototype(), writable: true });
		return;
	}
	Object.setPrototypeOf(shell, AsyncFunctionPrototype);
	Object.defineProperty(shell, corocall, { value: entry, configurable: true });
}

/** With a fixed number of parameters, arguments are passed on without an array. */
function makeEntry(body: Body, code: CompiledCode, params: number, receiver: unknown, lexical: boolean): CompiledEntry {
	if ((code.flags & PLAIN) !== 0) return makePlainEntry(body as unknown as PlainBody, code, params);
	const call = body as (this: unknown, ...args: unknown[]) => Generator<number>;
	let entry: CompiledEntry;
	const self = (dynamic: unknown): unknown => (lexical ? receiver : dynamic);
	switch (params) {
		case 0:
			entry = function (this: unknown, $frame: unknown) {
				if ($frame !== fresh) return raw(entry, this, arguments);
				return beginBody(call.call(lexical ? receiver : this), code);
			} as CompiledEntry;
			break;
		case 1:
			entry = function (this: unknown, $frame: unknown, _input: unknown, a: unknown) {
				if ($frame !== fresh) return raw(entry, this, arguments);
				return beginBody(call.call(lexical ? receiver : this, a), code);
			} as CompiledEntry;
			break;
		case 2:
			entry = function (this: unknown, $frame: unknown, _input: unknown, a: unknown, b: unknown) {
				if ($frame !== fresh) return raw(entry, this, arguments);
				return beginBody(call.call(lexical ? receiver : this, a, b), code);
			} as CompiledEntry;
			break;
		case 3:
			entry = function (this: unknown, $frame: unknown, _input: unknown, a: unknown, b: unknown, c: unknown) {
				if ($frame !== fresh) return raw(entry, this, arguments);
				return beginBody(call.call(lexical ? receiver : this, a, b, c), code);
			} as CompiledEntry;
			break;
		default:
			entry = function (this: unknown, $frame: unknown, _input: unknown, ...args: unknown[]) {
				if ($frame !== fresh) return raw(entry, this, arguments);
				return beginBody(call.apply(self(this), args), code);
			} as CompiledEntry;
	}
	complete(entry, code, undefined);
	if ((code.flags & ASYNC_GENERATOR) !== 0)
		(entry as unknown as { generator: unknown }).generator = lexical
			? (...args: unknown[]) => call.apply(receiver, args)
			: body;
	return entry;
}

function makePlainEntry(body: PlainBody, code: CompiledCode, params: number): CompiledEntry {
	const entry = function (this: unknown, $frame: unknown, _input: unknown, ...args: unknown[]) {
		return $frame === fresh ? enterPlain(entry as PlainEntry, this, args) : raw(entry, this, arguments);
	} as CompiledEntry;
	complete(entry, code, body);
	if ((code.flags & OWNER) !== 0) entry.body = owning(body, { site: 0, code, body }, params);
	return entry;
}

function complete(entry: CompiledEntry, code: CompiledCode, body: PlainBody | undefined): void {
	entry.shell1 = undefined;
	entry.code = code;
	entry.home = null;
	entry.site = 0;
	entry.body = body;
}

/** `f[corocall](x)`: the coroutine of a call; nothing runs. */
function raw(entry: CompiledEntry, receiver: unknown, args: ArrayLike<unknown>): LazyCoroutine<unknown> {
	return new LazyCoroutine(beginRaw, entry.code, entry, receiver, Array.from(args));
}

const beginRaw: Begin = (lazy) => (lazy.a0 as CompiledEntry).call(lazy.a1, fresh, undefined, ...(lazy.a2 as unknown[]));
