// The kernel of docs/internals/abi.md over plain promises: no scopes, no cancellation, no owners.
// It tells mistakes of the compiler from mistakes of the real runtime.

const suspended = Object.freeze({ name: "suspended" });
const fresh = Object.freeze({ name: "fresh" });
export const corocall = Symbol.for("holdfast.corocall");

/** What the task that has just parked waits for. */
let pending;

/** A promise, and what becomes of its outcome in the same reaction. */
class Wait {
	constructor(promise, onValue, onError) {
		this.promise = promise;
		this.onValue = onValue;
		this.onError = onError;
	}

	listen(succeed, fail) {
		const guarded = (convert) => (input) => {
			let output;
			try {
				output = convert(input);
			} catch (error) {
				fail(error);
				return;
			}
			succeed(output);
		};
		this.promise.then(guarded(this.onValue), guarded(this.onError));
	}
}

const keep = (value) => value;
const raise = (error) => {
	throw error;
};

function park(promise, onValue = keep, onError = raise) {
	if (pending !== undefined) throw new Error("compiler bug: a suspension was dropped");
	pending = new Wait(promise, onValue, onError);
	return suspended;
}

function take() {
	const wait = pending;
	pending = undefined;
	if (wait === undefined) throw new Error("compiler bug: a body yielded without a suspension");
	return wait;
}

const isObject = (value) => (typeof value === "object" && value !== null) || typeof value === "function";
const isThenable = (value) => isObject(value) && typeof value.then === "function";
const settle = (value) => (isThenable(value) ? park(Promise.resolve(value)) : value);

function checkSite(value) {
	if (typeof value !== "number") throw new Error(`compiler bug: a body yielded ${String(value)}`);
}

/** Runs a body until it ends or suspends. */
function begin(body) {
	const first = body.next();
	if (first.done) return settle(first.value);
	checkSite(first.value);
	const firstWait = take();
	return park(
		new Promise((resolve, reject) => {
			const step = (method, input) => {
				let result;
				try {
					result = body[method](input);
					if (!result.done) {
						checkSite(result.value);
						go(take());
						return;
					}
				} catch (error) {
					reject(error);
					return;
				}
				resolve(result.value);
			};
			const go = (wait) =>
				wait.listen(
					(value) => step("next", value),
					(error) => step("throw", error),
				);
			go(firstWait);
		}),
	);
}

function toPromise(call) {
	try {
		const value = call();
		return value === suspended ? take().promise : new Promise((resolve) => resolve(value));
	} catch (error) {
		return Promise.reject(error);
	}
}

function makeEntry(body, module, name, flags, receiver) {
	const entry = function (token, _input, ...args) {
		if (token !== fresh) throw new Error("raw coroutines are not part of the reference runtime");
		return begin(body.apply(receiver === undefined ? this : receiver.value, args));
	};
	entry.code = { module, name, flags };
	entry.body = receiver === undefined ? body : (...args) => body.apply(receiver.value, args);
	return entry;
}

const AsyncFunctionPrototype = Object.getPrototypeOf(async () => {});
const AsyncGeneratorFunctionPrototype = Object.getPrototypeOf(async function* () {});

function brand(shell, entry) {
	entry.shell1 = shell;
	if ((entry.code.flags & 4) !== 0) {
		Object.setPrototypeOf(shell, AsyncGeneratorFunctionPrototype);
		Object.defineProperty(shell, "prototype", {
			value: Object.create(AsyncGeneratorFunctionPrototype.prototype),
			writable: true,
		});
		return;
	}
	Object.setPrototypeOf(shell, AsyncFunctionPrototype);
	Object.defineProperty(shell, corocall, { value: entry, configurable: true });
}

function makeShell(entry, name, length) {
	const isGenerator = (entry.code.flags & 4) !== 0;
	const { shell } = {
		shell(...args) {
			return isGenerator ? generator(entry, this, args) : bare(entry, this, args);
		},
	};
	Object.defineProperty(shell, "name", { value: name, configurable: true });
	Object.defineProperty(shell, "length", { value: length, configurable: true });
	brand(shell, entry);
	return shell;
}

function define(shell, body, module, name, _params, flags) {
	const entry = makeEntry(body, module, name, flags);
	if (shell.name !== name) Object.defineProperty(shell, "name", { value: name, configurable: true });
	brand(shell, entry);
	return entry;
}

function fn(body, module, name, length, _params, flags) {
	return makeShell(makeEntry(body, module, name, flags), name, length);
}

function arrow(value, body, module, name, length, _params, flags) {
	return makeShell(makeEntry(body, module, name, flags, { value }), name, length);
}

function method(target, key, body, module, _params, flags) {
	const descriptor = Object.getOwnPropertyDescriptor(target, key);
	const { name, length } = descriptor.value;
	const value = makeShell(makeEntry(body, module, name, flags), name, length);
	Object.defineProperty(target, key, { ...descriptor, value });
}

function bare(entry, receiver, args) {
	return toPromise(() => entry.call(receiver, fresh, undefined, ...args));
}

function generator(entry, receiver, args) {
	return asyncGenerator(entry.body.apply(receiver, args), entry.shell1);
}

function barePrivate(receiver, body, args, _module, _name, flags) {
	if ((flags & 4) !== 0) return asyncGenerator(body.apply(receiver, args), undefined);
	return toPromise(() => begin(body.apply(receiver, args)));
}

function callPrivate(receiver, body, _module, _name, _flags, ...args) {
	return begin(body.apply(receiver, args));
}

function entryOf(callee, text) {
	if (typeof callee !== "function") throw new TypeError(`${text} is not a function`);
	const entry = callee[corocall];
	return entry?.shell1 === callee ? entry : undefined;
}

function callWith(text, callee, receiver, args) {
	const entry = entryOf(callee, text);
	return entry === undefined
		? settle(Reflect.apply(callee, receiver, args))
		: entry.call(receiver, fresh, undefined, ...args);
}

function methodN(text, object, key, args) {
	return callWith(text, object[key], object, args);
}

function tail(text, callee, receiver, args) {
	if (typeof callee !== "function") throw new TypeError(`${text} is not a function`);
	return Reflect.apply(callee, receiver, args);
}

function nativeCall(text, callee, receiver, args) {
	if (typeof callee !== "function") throw new TypeError(`${text} is not a function`);
	return nativeAwait(Reflect.apply(callee, receiver, args));
}

function nativeAwait(value) {
	return park(Promise.resolve(value));
}

/** The language's async generator object around a body that yields sites and productions. */
function asyncGenerator(body, shell) {
	const prototype = isObject(shell?.prototype) ? shell.prototype : AsyncGeneratorFunctionPrototype.prototype;
	const object = Object.create(prototype);
	const queue = [];
	let state = "start";
	let running = false;
	const finish = (settleRequest, value) => {
		queue.shift();
		running = false;
		settleRequest(value);
		if (queue.length > 0) resume();
	};
	const resume = () => {
		const { kind, value, resolve, reject } = queue[0];
		running = true;
		if (state === "start" && kind !== "next") state = "done";
		if (kind === "return") {
			let promise;
			try {
				promise = Promise.resolve(value);
			} catch (error) {
				promise = undefined;
				if (state === "done") finish(reject, error);
				else step("throw", error);
			}
			promise?.then(
				(given) => (state === "done" ? finish(resolve, { value: given, done: true }) : step("return", given)),
				(error) => (state === "done" ? finish(reject, error) : step("throw", error)),
			);
		} else if (state === "done") {
			if (kind === "throw") finish(reject, value);
			else finish(resolve, { value: undefined, done: true });
		} else step(kind, value);
	};
	const step = (kind, value) => {
		const { resolve, reject } = queue[0];
		state = "running";
		returning = value;
		let result;
		try {
			result = body[kind](value);
			if (result.value instanceof ReturnRequest) result = body.return(result.value.value);
			if (!result.done && !(result.value instanceof Production)) {
				checkSite(result.value);
				take().listen(
					(given) => step("next", given),
					(error) => step("throw", error),
				);
				return;
			}
		} catch (error) {
			state = "done";
			finish(reject, error);
			return;
		}
		state = result.done ? "done" : "yield";
		finish(resolve, { value: result.done ? result.value : result.value.value, done: result.done });
	};
	const request = (kind) => (value) =>
		new Promise((resolve, reject) => {
			queue.push({ kind, value, resolve, reject });
			if (!running) resume();
		});
	for (const kind of ["next", "throw", "return"])
		Object.defineProperty(object, kind, { value: request(kind), configurable: true, writable: true });
	return object;
}

/** What the last `return` of an async generator was given. */
let returning;

class Production {
	constructor(value) {
		this.value = value;
	}
}

/**
 * What a delegation yields when its iterator has taken a `return`: a generator that was resumed by `next` after a
 * suspension would go on behind its `yield*`, so the driver must ask it to return once more.
 */
class ReturnRequest {
	constructor(value) {
		this.value = value;
	}
}

function produce(value) {
	return new Production(value);
}

function asyncIterator(iterable) {
	const asyncMethod = iterable[Symbol.asyncIterator];
	if (asyncMethod !== undefined && asyncMethod !== null) {
		const iterator = asyncMethod.call(iterable);
		if (!isObject(iterator)) throw new TypeError("not an object");
		return iterator;
	}
	const method = iterable[Symbol.iterator];
	if (typeof method !== "function") throw new TypeError(`${String(iterable)} is not async iterable`);
	const inner = method.call(iterable);
	if (!isObject(inner)) throw new TypeError("not an object");
	const { next } = inner;
	const unwrap = (result, closes) =>
		new Promise((resolve, reject) => {
			if (!isObject(result)) throw new TypeError(`Iterator result ${String(result)} is not an object`);
			const { done, value } = result;
			Promise.resolve(value).then(
				(given) => resolve({ value: given, done }),
				(error) => {
					if (!done && closes) inner.return?.();
					reject(error);
				},
			);
		});
	return {
		next: (value) => new Promise((resolve) => resolve(0)) && attempt(() => unwrap(next.call(inner, value), true)),
		return: (value) =>
			attempt(() => {
				const close = inner.return;
				if (close === undefined) return Promise.resolve({ value, done: true });
				return unwrap(close.call(inner, value), false);
			}),
		throw: (error) =>
			attempt(() => {
				const raise = inner.throw;
				if (raise === undefined) {
					inner.return?.();
					throw new TypeError("The iterator does not provide a 'throw' method");
				}
				return unwrap(raise.call(inner, error), true);
			}),
	};
}

function attempt(call) {
	try {
		return call();
	} catch (error) {
		return Promise.reject(error);
	}
}

function* delegate(iterable) {
	const iterator = asyncIterator(iterable);
	const { next } = iterator;
	let kind = "next";
	let value;
	for (;;) {
		const call = kind === "next" ? next : iterator[kind];
		if (call === undefined || call === null) {
			if (kind === "return") yield new ReturnRequest(value);
			if (iterator.return !== undefined) {
				nativeAwait(iterator.return());
				yield 0;
			}
			throw new TypeError("The iterator does not provide a 'throw' method");
		}
		nativeAwait(call.call(iterator, value));
		const result = yield 0;
		if (!isObject(result)) throw new TypeError(`Iterator result ${String(result)} is not an object`);
		if (result.done) {
			if (kind === "return") yield new ReturnRequest(result.value);
			return result.value;
		}
		let left = true;
		// biome-ignore lint/suspicious/noConfusingLabels: left by `break`, the way to go on after a `return`.
		request: {
			try {
				value = yield produce(result.value);
				kind = "next";
				left = false;
			} catch (error) {
				value = error;
				kind = "throw";
				left = false;
			} finally {
				if (left) {
					kind = "return";
					value = returning;
					// biome-ignore lint/correctness/noUnsafeFinally: a `return` is handed to the inner iterator first.
					break request;
				}
			}
		}
	}
}

function forAwait(iterable, isNative = false) {
	const iterator = asyncIterator(iterable);
	return { iterator, next: iterator.next, open: false, failure: undefined, isNative };
}

function forNext(loop) {
	loop.open = false;
	const result = loop.next.call(loop.iterator);
	const checked = (given) => {
		if (!isObject(given)) throw new TypeError(`Iterator result ${String(given)} is not an object`);
		loop.open = !given.done;
		return given;
	};
	if (!loop.isNative && !isThenable(result)) return checked(result);
	return park(Promise.resolve(result), checked);
}

function forClose(loop) {
	loop.open = false;
	let result;
	try {
		const close = loop.iterator.return;
		if (close === undefined || close === null) return undefined;
		result = close.call(loop.iterator);
	} catch (error) {
		if (loop.failure !== undefined) return undefined;
		throw error;
	}
	const check = (given) => {
		if (loop.failure === undefined && !isObject(given))
			throw new TypeError(`Iterator result ${String(given)} is not an object`);
	};
	return park(Promise.resolve(result), check, loop.failure === undefined ? raise : () => undefined);
}

function disposer() {
	const resources = [];
	let failure;
	const add = (value, isAsync) => {
		if (value === null || value === undefined) {
			if (isAsync) resources.push({ value, dispose: undefined, isAsync });
			return value;
		}
		let dispose = isAsync ? value[Symbol.asyncDispose] : undefined;
		const fallsBack = dispose === undefined;
		dispose ??= value[Symbol.dispose];
		if (typeof dispose !== "function") throw new TypeError("The value is not disposable");
		resources.push({ value, dispose, isAsync, fallsBack });
		return value;
	};
	const note = (error) => {
		failure = failure === undefined ? { error } : failure;
	};
	return {
		use: (value) => add(value, false),
		useAsync: (value) => add(value, true),
		failed: note,
		disposeSync() {
			for (const { value, dispose } of resources.reverse()) {
				try {
					dispose?.call(value);
				} catch (error) {
					note(error);
				}
			}
			if (failure !== undefined) throw failure.error;
		},
		dispose() {
			return begin(
				(function* () {
					for (const { value, dispose, isAsync, fallsBack } of resources.reverse()) {
						try {
							const result = dispose?.call(value);
							if (isAsync) {
								nativeAwait(fallsBack ? undefined : result);
								yield 0;
							}
						} catch (error) {
							note(error);
						}
					}
					if (failure !== undefined) throw failure.error;
				})(),
			);
		},
	};
}

let loops = 0;

/** Every third look asks for a suspension, so that tests go both ways. */
function budget() {
	if (++loops % 3 !== 0) return false;
	park(Promise.resolve());
	return true;
}

export const kernel = {
	suspended,
	fresh,
	// Loops always ask.
	state: { spare: 0 },
	spawning: (_module, _site, fn) => fn,
	module: (abi, path, sites) => ({ abi, path, sites }),
	define,
	fn,
	arrow,
	method,
	bare,
	generator,
	barePrivate,
	callPrivate,
	call0: (text, callee) => callWith(text, callee, undefined, []),
	call1: (text, callee, ...args) => callWith(text, callee, undefined, args),
	call2: (text, callee, ...args) => callWith(text, callee, undefined, args),
	call3: (text, callee, ...args) => callWith(text, callee, undefined, args),
	callN: (text, callee, args) => callWith(text, callee, undefined, args),
	callWith,
	method0: (text, object, key) => methodN(text, object, key, []),
	method1: (text, object, key, ...args) => methodN(text, object, key, args),
	method2: (text, object, key, ...args) => methodN(text, object, key, args),
	method3: (text, object, key, ...args) => methodN(text, object, key, args),
	methodN,
	await: settle,
	tail,
	nativeTail: tail,
	privateCallee: (body, module, name, flags) =>
		function (...args) {
			return barePrivate(this, body, args, module, name, flags);
		},
	nativeCall,
	nativeMethod: (text, object, key, args) => nativeCall(text, object[key], object, args),
	nativeAwait,
	caught: () => undefined,
	cancelled: () => undefined,
	led: (error) => ({ error }),
	both: (_led, error) => error,
	cleanupEnter: () => 0,
	cleanupLeave: () => undefined,
	budget,
	superCall: (text, f, receiver, args) => {
		if (typeof f !== "function") throw new TypeError(`${text} is not a function`);
		return Reflect.apply(f, receiver, args);
	},
	superGet: (home, key, receiver) => Reflect.get(Object.getPrototypeOf(home), key, receiver),
	superSet: (home, key, value, receiver) => {
		if (!Reflect.set(Object.getPrototypeOf(home), key, value, receiver)) throw new TypeError("Cannot assign");
		return value;
	},
	forAwait,
	forNext,
	forFailed: (loop, error) => {
		loop.failure = { error };
		return error;
	},
	forOpen: (loop) => loop.open,
	forClose,
	produce,
	delegate,
	disposer,
	chain: (promise, name, ...args) => promise[name](...args),
	combine: (promise, kind, iterable) => promise[kind](iterable),
};
