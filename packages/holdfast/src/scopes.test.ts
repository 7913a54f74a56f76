import { expect, test } from "vitest";
import { rejectionOf, thrownBy, virtually } from "../test/virtually.ts";
import { type Coroutine, coroutine } from "./coroutine.ts";
import { ScopeCancelledError, ScopeMisuseError, TimeoutError } from "./errors.ts";
import { withTaskGroup } from "./group.ts";
import { Cancelled } from "./kernel/cancelled.ts";
import { suppressedErrors } from "./kernel/suppressed.ts";
import { VirtualLoop } from "./loops/virtual.ts";
import { run } from "./run.ts";
import {
	type CancelScope,
	cleanup,
	currentDeadline,
	currentScope,
	currentSignal,
	moveOnAfter,
	moveOnAt,
	onExit,
	shield,
	withCancelScope,
	withDeadline,
	withSignal,
	withTimeout,
} from "./scopes.ts";
import { checkpoint, now, sleep, sleepForever, sleepUntil } from "./sleep.ts";
import { type Resume, suspend } from "./suspend.ts";

test("every wait in a cancelled scope throws, again and again, until the scope is left", async () => {
	let thrown = 0;
	await virtually(function* () {
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			for (const wait of [() => sleep(1), () => sleep(0), checkpoint, sleepForever, () => sleepUntil(-1)])
				try {
					yield* wait();
				} catch (error) {
					expect(error).toBeInstanceOf(Cancelled);
					thrown++;
				}
		});
		yield* sleep(1);
	});
	expect(thrown).toBe(5);
});

test("a body that swallows its cancellation and returns gives its value, and nothing was caught", async () => {
	await virtually(function* () {
		let own: CancelScope | undefined;
		const value = yield* withCancelScope(function* (scope) {
			own = scope;
			scope.cancel();
			try {
				yield* sleep(1);
			} catch {
				return "after all";
			}
			return "not reached";
		});
		expect([value, own?.cancelCalled, own?.cancelledCaught]).toEqual(["after all", true, false]);
	});
});

test("a scope that was cancelled gives undefined, and says that it has caught the cancellation", async () => {
	await virtually(function* () {
		let own: CancelScope | undefined;
		const value = yield* withCancelScope(function* (scope) {
			own = scope;
			scope.cancel();
			yield* sleep(1);
			return 1;
		});
		expect([value, own?.cancelledCaught]).toEqual([undefined, true]);
	});
});

test("after a cancelled wait no statement outside finally runs, although finally waits", async () => {
	const log: string[] = [];
	const inner = coroutine(function* () {
		try {
			yield* sleepForever();
			log.push("inner goes on");
		} finally {
			yield* cleanup(() => sleep(5));
			log.push("inner finally");
		}
		log.push("inner goes on");
	});
	function* delegated() {
		try {
			yield* inner();
			log.push("delegated goes on");
		} finally {
			yield* cleanup(() => sleep(5));
			log.push("delegated finally");
		}
		log.push("delegated goes on");
	}
	await virtually(function* () {
		yield* moveOnAfter(10, function* () {
			yield* delegated();
			log.push("body goes on");
		});
		expect(now()).toBe(20);
	});
	expect(log).toEqual(["inner finally", "delegated finally"]);
});

test("a frame that answers its cancellation by return does not resume its caller in the cancelled scope", async () => {
	const log: string[] = [];
	const stubborn = coroutine(function* () {
		try {
			yield* sleepForever();
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
			return "kept";
		}
	});
	const early = coroutine(function* () {
		try {
			yield* checkpoint();
		} finally {
			// biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
			return "kept";
		}
	});
	await virtually(function* () {
		yield* moveOnAfter(10, function* () {
			yield* stubborn();
			log.push("goes on after suspending");
		});
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* early();
			log.push("goes on without suspending");
		});
	});
	expect(log).toEqual([]);
});

test("withTimeout throws TimeoutError after the body's cleanup, and names the limit", async () => {
	await virtually(function* () {
		try {
			yield* withTimeout(10, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(7));
				}
			});
			expect.unreachable();
		} catch (error) {
			expect(error).toBeInstanceOf(TimeoutError);
			expect((error as Error).message).toContain("10 ms");
			expect(now()).toBe(17);
		}
	});
});

test("withTimeout gives undefined, not TimeoutError, when it was cancelled by hand", async () => {
	await virtually(function* () {
		const value = yield* withTimeout(10, function* (scope) {
			scope.cancel("enough");
			yield* sleep(100);
		});
		expect(value).toBeUndefined();
	});
});

test("a body that takes no scope has no value to end with: cancelled by hand, its scope throws a named error", async () => {
	await virtually(function* () {
		for (const open of [withCancelScope, (body: () => Coroutine<never>) => withTimeout(1_000, body)]) {
			const error = yield* catching(() =>
				open(() => {
					currentScope().cancel("enough");
					return sleepForever();
				}),
			);
			expect(error).toBeInstanceOf(ScopeCancelledError);
			expect((error as Error).message).toContain("enough");
		}
		expect(yield* withCancelScope({ timeout: 5 }, () => sleepForever())).toBeUndefined();
	});
});

test("a result that is there when the deadline fires wins", async () => {
	const loop = new VirtualLoop();
	await virtually(
		function* () {
			let resume: Resume<string> | undefined;
			loop.callAt(10, () => resume?.("in time"));
			const value = yield* withTimeout(10, () =>
				suspend<string>((it) => {
					resume = it;
					return () => {};
				}),
			);
			expect(value).toBe("in time");
		},
		{ loop },
	);
});

test("what ends behind a shield after the deadline is a result like any other", async () => {
	await virtually(function* () {
		const value = yield* withTimeout(10, () =>
			shield(function* () {
				yield* sleep(20);
				return "late";
			}),
		);
		expect([value, now()]).toEqual(["late", 20]);
	});
});

test("between nested expired scopes the outermost one catches", async () => {
	await virtually(function* () {
		let inner: CancelScope | undefined;
		const error = yield* catching(function* () {
			yield* withTimeout(10, function* (): Generator<unknown, void, never> {
				yield* withTimeout(10, function* (scope) {
					inner = scope;
					yield* sleepForever();
				});
			});
		});
		expect((error as TimeoutError).message).toContain("10 ms");
		expect([inner?.cancelCalled, inner?.cancelledCaught]).toEqual([true, false]);
	});
});

test("an inner scope that was cancelled first gives way to an outer one that is cancelled during its cleanup", async () => {
	await virtually(function* () {
		const log: string[] = [];
		const outer = yield* moveOnAfter(15, function* () {
			yield* moveOnAfter(10, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(() => sleep(20));
				}
			});
			log.push("between");
			return "value";
		});
		expect([outer, log, now()]).toEqual([undefined, [], 30]);
	});
});

test("cancelling twice keeps the first reason; a later deadline changes nothing", async () => {
	await virtually(function* () {
		let seen: unknown;
		yield* withTimeout(5, function* (scope) {
			try {
				scope.cancel("first");
				scope.cancel("second");
				yield* sleep(1);
			} catch (error) {
				yield* shield(() => sleep(50));
				seen = error;
				throw error;
			}
		});
		const { reason } = seen as Cancelled;
		expect([reason.kind, reason.text]).toEqual(["explicit", "first"]);
		expect((seen as Error).message).toContain("first");
		expect((seen as Error).name).toBe("AbortError");
	});
});

test("Cancelled says that a deadline was the reason", async () => {
	await virtually(function* () {
		let seen: unknown;
		yield* moveOnAfter(5, function* () {
			try {
				yield* sleepForever();
			} catch (error) {
				seen = error;
				throw error;
			}
		});
		expect((seen as Cancelled).reason.kind).toBe("deadline");
	});
});

test("Cancelled cannot be constructed", () => {
	expect(() => new (Cancelled as unknown as new () => unknown)()).toThrow(/scope\.cancel/);
});

test("a deadline of the past fires at the first wait, and not before", async () => {
	await virtually(function* () {
		yield* sleep(100);
		const log: string[] = [];
		const value = yield* moveOnAt(50, function* () {
			log.push("begins");
			yield* checkpoint();
			log.push("goes on");
		});
		expect([value, log]).toEqual([undefined, ["begins"]]);
		expect(yield* withDeadline(-1, () => "no wait at all")).toBe("no wait at all");
		expect(yield* catching(() => withDeadline(-1, checkpoint))).toBeInstanceOf(TimeoutError);
	});
});

test("timeouts count from when the scope is entered, not from when it is described", async () => {
	await virtually(function* () {
		const described = moveOnAfter(10, () => sleepForever());
		yield* sleep(100);
		yield* described;
		expect(now()).toBe(110);
	});
});

test("a deadline can be moved in both directions", async () => {
	await virtually(function* () {
		yield* moveOnAfter(10, function* (scope) {
			scope.deadline = 30;
			expect(currentDeadline()).toBe(30);
			yield* sleepForever();
		});
		expect(now()).toBe(30);
		yield* moveOnAfter(1_000, function* (scope) {
			scope.deadline = 35;
			yield* sleepForever();
		});
		expect(now()).toBe(35);
		yield* moveOnAfter(1_000, function* (scope) {
			scope.deadline = -5;
			yield* sleepForever();
		});
		expect(now()).toBe(35);
		const value = yield* moveOnAfter(5, function* (scope) {
			scope.deadline = Number.POSITIVE_INFINITY;
			yield* sleep(50);
			return "done";
		});
		expect(value).toBe("done");
		yield* withCancelScope((scope) => {
			expect(() => {
				scope.deadline = Number.NaN;
			}).toThrow(RangeError);
		});
	});
});

test("currentDeadline is the earliest one that can reach here", async () => {
	await virtually(function* () {
		expect(currentDeadline()).toBe(Number.POSITIVE_INFINITY);
		yield* withTimeout(50, function* (): Generator<unknown, void, never> {
			yield* withTimeout(100, function* (): Generator<unknown, void, never> {
				expect(currentDeadline()).toBe(50);
				yield* shield(() => expect(currentDeadline()).toBe(Number.POSITIVE_INFINITY));
				yield* cleanup(() => expect(currentDeadline()).toBe(Number.POSITIVE_INFINITY));
			});
		});
		yield* withCancelScope((scope) => {
			scope.cancel();
			expect(currentDeadline()).toBe(Number.NEGATIVE_INFINITY);
		});
	});
});

test("cancelCalled sees a deadline that has passed, although nothing has waited since", async () => {
	let time = 0;
	const loop = new VirtualLoop();
	await virtually(
		() =>
			withCancelScope({ deadline: 5 }, (scope) => {
				expect(scope.cancelCalled).toBe(false);
				time = 6;
				expect(scope.cancelCalled).toBe(true);
			}),
		{
			loop: {
				now: () => time,
				callSoon: (fn) => loop.callSoon(fn),
				callAt: () => () => {},
			},
		},
	);
});

test("a shield keeps cancellations out; they are noticed at the next wait after it", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withCancelScope(function* (scope) {
			scope.cancel();
			yield* shield(() => sleep(10));
			log.push("left the shield");
			yield* checkpoint();
			log.push("not reached");
		});
		expect([log, now()]).toEqual([["left the shield"], 10]);
	});
});

test("a shield can be lifted: what was kept out comes in at once", async () => {
	await virtually(function* () {
		yield* moveOnAfter(5, function* (): Generator<unknown, void, never> {
			yield* withCancelScope({ shield: true }, function* (inner): Generator<unknown, void, never> {
				yield* withTaskGroup(function* (group) {
					group.spawn(() => sleepForever());
					yield* sleep(20);
					inner.shield = false;
					yield* sleepForever();
				});
			});
		});
		expect(now()).toBe(20);
	});
});

test("cleanup goes on in a cancelled scope until the grace has passed, then it is thrown too", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* moveOnAfter(10, function* () {
			try {
				yield* sleepForever();
			} finally {
				try {
					yield* cleanup(function* () {
						yield* sleep(4_000);
						log.push(`cleaning at ${now()}`);
						yield* sleep(4_000);
						log.push("not reached");
					});
				} finally {
					log.push(`cut at ${now()}`);
				}
			}
		});
		expect(log).toEqual(["cleaning at 4010", "cut at 5010"]);
	});
});

test("grace 0: the first wait of cleanup throws", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* withCancelScope({ grace: 0 }, function* (scope) {
			try {
				scope.cancel();
				yield* checkpoint();
			} finally {
				yield* cleanup(function* () {
					log.push("begins");
					yield* sleep(0);
					log.push("not reached");
				});
			}
		});
		expect([log, now()]).toEqual([["begins"], 0]);
	});
});

test("grace Infinity never ends", async () => {
	await virtually(function* () {
		yield* withCancelScope({ grace: Number.POSITIVE_INFINITY }, function* (scope) {
			try {
				scope.cancel();
				yield* checkpoint();
			} finally {
				yield* cleanup(() => sleep(1_000_000));
			}
		});
		expect(now()).toBe(1_000_000);
	});
});

test("grace is inherited from the scope around, and from the run", async () => {
	await virtually(
		function* () {
			yield* withCancelScope(function* (scope) {
				expect(scope.grace).toBe(70);
				try {
					scope.cancel();
					yield* checkpoint();
				} finally {
					yield* cleanup(() => sleepForever());
				}
			});
			expect(now()).toBe(70);
		},
		{ grace: 70 },
	);
});

test("once cancelled, the grace can be shortened and not be lengthened; it counts from the cancellation", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			let scope: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope({ grace: 1_000 }, function* (own) {
					scope = own;
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleepForever());
					}
				}),
			);
			yield* sleep(10);
			scope?.cancel();
			yield* sleep(10);
			scope?.cancel("again", { grace: 5_000 });
			expect(scope?.grace).toBe(1_000);
			scope?.cancel("again", { grace: 50 });
			expect(scope?.grace).toBe(50);
		});
		expect(now()).toBe(60);
	});
});

test("a grace that is shortened to what has passed already ends at once", async () => {
	await virtually(function* () {
		yield* withTaskGroup(function* (group) {
			let scope: CancelScope | undefined;
			group.spawn(() =>
				withCancelScope(function* (own) {
					scope = own;
					try {
						yield* sleepForever();
					} finally {
						yield* cleanup(() => sleepForever());
					}
				}),
			);
			yield* sleep(10);
			scope?.cancel();
			yield* sleep(10);
			if (scope !== undefined) scope.grace = 3;
		});
		expect(now()).toBe(20);
	});
});

test("cleanup that began before the cancellation is protected from it", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* moveOnAfter(10, function* () {
			yield* cleanup(function* () {
				yield* sleep(20);
				log.push("cleaned");
			});
			log.push("left cleanup");
			yield* checkpoint();
			log.push("not reached");
		});
		expect(log).toEqual(["cleaned", "left cleanup"]);
	});
});

test("a scope inside cleanup can be cancelled, and its own cleanup has its own grace", async () => {
	await virtually(function* () {
		yield* moveOnAfter(10, function* () {
			try {
				yield* sleepForever();
			} finally {
				yield* cleanup(function* () {
					yield* moveOnAfter(20, function* () {
						try {
							yield* sleepForever();
						} finally {
							yield* cleanup(() => sleep(30));
						}
					});
				});
			}
		});
		expect(now()).toBe(60);
	});
});

test("tasks started in cleanup are part of it", async () => {
	await virtually(function* () {
		const log: string[] = [];
		yield* moveOnAfter(10, function* () {
			try {
				yield* sleepForever();
			} finally {
				yield* cleanup(() =>
					withTaskGroup((group) => {
						group.spawn(function* () {
							yield* sleep(10);
							log.push("flushed");
						});
					}),
				);
			}
		});
		expect(log).toEqual(["flushed"]);
	});
});

test("an error of cleanup wins over the cancellation and passes the scope, the timeout among its suppressed errors", async () => {
	const broken = new Error("broken");
	await virtually(function* () {
		const error = yield* catching(() =>
			withTimeout(10, function* () {
				try {
					yield* sleepForever();
				} finally {
					yield* cleanup(function* () {
						yield* sleep(1);
						throw broken;
					});
				}
			}),
		);
		expect(error).toBe(broken);
		expect(suppressedErrors(error).map((it) => (it as Error).name)).toEqual(["TimeoutError"]);
	});
});

test("5,000 nested scopes are cancelled from the outside", async () => {
	let unwound = 0;
	const nest = coroutine(function* (depth: number): Generator<unknown, void, never> {
		try {
			if (depth === 0) yield* sleepForever();
			else yield* withCancelScope(() => nest(depth - 1));
		} finally {
			unwound++;
		}
	});
	await virtually(() => moveOnAfter(10, () => nest(5_000)));
	expect(unwound).toBe(5_001);
});

test("the signal of a scope is aborted with a plain AbortError when it is cancelled", async () => {
	await virtually(function* () {
		yield* withCancelScope(function* (outer) {
			yield* withCancelScope((inner) => {
				const { signal } = inner;
				expect([signal.aborted, inner.signal === signal]).toEqual([false, true]);
				outer.cancel();
				expect(signal.aborted).toBe(true);
				expect(signal.reason).not.toBeInstanceOf(Cancelled);
				expect((signal.reason as Error).name).toBe("AbortError");
			});
		});
	});
});

test("a signal that is read first after the cancellation is aborted already", async () => {
	await virtually(() =>
		withCancelScope((scope) => {
			scope.cancel();
			expect(scope.signal.aborted).toBe(true);
		}),
	);
});

test("currentSignal in cleanup is aborted when the grace has passed", async () => {
	await virtually(function* () {
		yield* withCancelScope({ grace: 50 }, function* (scope) {
			scope.cancel();
			expect(currentSignal().aborted).toBe(true);
			yield* cleanup(function* () {
				const signal = currentSignal();
				expect(signal.aborted).toBe(false);
				try {
					yield* sleepForever();
				} finally {
					expect([signal.aborted, now()]).toEqual([true, 50]);
				}
			});
		});
	});
});

test("withSignal throws the signal's reason, or an AbortError", async () => {
	await virtually(function* () {
		const reason = new Error("the user left");
		for (const [given, expected] of [
			[reason, reason],
			["a text", expect.objectContaining({ name: "AbortError" })],
			[undefined, expect.objectContaining({ name: "AbortError" })],
		] as const) {
			const controller = new AbortController();
			const error = yield* catching(() =>
				withSignal(controller.signal, function* () {
					controller.abort(given);
					yield* sleepForever();
				}),
			);
			expect(error).toEqual(expected);
			expect(error).not.toBeInstanceOf(Cancelled);
		}
	});
});

test("withSignal: an aborted signal cancels before the first wait; a body without one gives its value", async () => {
	await virtually(function* () {
		const signal = AbortSignal.abort(new Error("before"));
		expect(yield* withSignal(signal, () => "value")).toBe("value");
		expect(yield* catching(() => withSignal(signal, checkpoint))).toBe(signal.reason);
		const text = thrownBy(() => withSignal({} as AbortSignal, checkpoint)) as TypeError;
		expect(text.message).toContain("AbortSignal");
	});
});

test("withSignal: a signal of foreign make that throws enters no scope, and hides nothing when it is left", async () => {
	const reported: unknown[] = [];
	const boom = new Error("boom");
	const broken = new Error("broken signal");
	const signalWith = (members: object): AbortSignal =>
		({ aborted: false, addEventListener() {}, removeEventListener() {}, ...members }) as unknown as AbortSignal;
	const breaks = (): never => {
		throw broken;
	};
	await virtually(
		function* () {
			const outside = currentScope();
			const body = (): never => {
				throw boom;
			};
			expect(yield* catching(() => withSignal(signalWith({ addEventListener: breaks }), body))).toBe(broken);
			expect(currentScope()).toBe(outside);
			expect(yield* catching(() => withSignal(signalWith({ removeEventListener: breaks }), body))).toBe(boom);
			expect(currentScope()).toBe(outside);
			expect(reported).toEqual([broken]);
			const abortsAtOnce = { reason: boom, addEventListener: (_: string, listener: () => void) => listener() };
			expect(yield* catching(() => withSignal(signalWith(abortsAtOnce), checkpoint))).toBe(boom);
		},
		{ onReport: ({ error }) => reported.push(error) },
	);
});

test("withSignal: a reason that cannot be looked at cancels like any other", async () => {
	const { proxy, revoke } = Proxy.revocable({}, {});
	revoke();
	let abort = (): void => {};
	// Of foreign make: not every host's own signal can be aborted with it.
	const signal = {
		aborted: false,
		reason: proxy,
		addEventListener(_: string, listener: () => void) {
			abort = listener;
		},
		removeEventListener() {},
	} as unknown as AbortSignal;
	await virtually(function* () {
		const error = yield* catching(() =>
			withSignal(signal, function* () {
				abort();
				yield* checkpoint();
			}),
		);
		expect(error).toMatchObject({ name: "AbortError" });
	});
});

test("onExit runs latest first when the tasks have ended, as cleanup", async () => {
	const log: string[] = [];
	await virtually(function* () {
		yield* moveOnAfter(10, () =>
			withTaskGroup(function* (group) {
				onExit(() => void log.push("first left, last run"));
				onExit(function* () {
					yield* sleep(5);
					log.push("waited");
				});
				group.spawn(function* () {
					try {
						yield* sleepForever();
					} finally {
						log.push("task ended");
					}
				});
				yield* sleepForever();
			}),
		);
	});
	expect(log).toEqual(["task ended", "waited", "first left, last run"]);
});

test("what onExit gives takes the callback back: before, twice, from another callback, and after a move to a group", async () => {
	const log: string[] = [];
	await virtually(() =>
		withTaskGroup(function* (group) {
			onExit(() => void log.push("kept"));
			const never = onExit(() => void log.push("never"));
			const byAnother = onExit(() => void log.push("by another"));
			onExit(byAnother);
			never();
			never();
			const moved = yield* group.start(function* (started: (takeBack: () => void) => void) {
				started(onExit(() => void log.push("moved")));
			});
			moved();
		}),
	);
	expect(log).toEqual(["kept"]);
});

test("errors in onExit never hide another error, and are not lost", async () => {
	const [body, exit, earlier] = ["body", "exit", "earlier exit"].map((it) => new Error(it));
	await virtually(function* () {
		const both = yield* catching(() =>
			withCancelScope(() => {
				onExit(() => {
					throw earlier;
				});
				onExit(() => {
					throw exit;
				});
				throw body;
			}),
		);
		expect([both, suppressedErrors(both)]).toEqual([body, [exit, earlier]]);
		const alone = yield* catching(() =>
			withCancelScope(() => {
				onExit(() => {
					throw new Error("alone");
				});
			}),
		);
		expect((alone as Error).message).toBe("alone");
	});
});

test("a body's error cancels what is left to onExit, as it does tasks: it is told, and has the grace and no longer", async () => {
	const error = new Error("body");
	const log: unknown[] = [];
	await virtually(function* () {
		const failing = function* (): Generator<never, void, unknown> {
			yield* sleep(1);
			throw error;
		};
		const thrown = yield* catching(() =>
			withCancelScope({ grace: 100 }, function* (scope) {
				onExit(function* () {
					try {
						yield* sleepForever();
					} finally {
						log.push(["cut", now()]);
					}
				});
				onExit(function* () {
					yield* sleep(50);
					log.push(["had time", now()], scope.cancelCalled);
				});
				expect(scope.signal.aborted).toBe(false);
				yield* failing();
			}),
		);
		expect([thrown, suppressedErrors(thrown)]).toEqual([error, []]);
		expect(log).toEqual([["had time", 51], true, ["cut", 101]]);
	});
});

test("an error of a callback of onExit cancels those that were left before it; one of a body that has ended well, none", async () => {
	const error = new Error("exit");
	const log: unknown[] = [];
	await virtually(function* () {
		const thrown = yield* catching(() =>
			withCancelScope((scope) => {
				onExit(() => void log.push(["first", scope.cancelCalled]));
				onExit(() => {
					log.push(["second", scope.cancelCalled]);
					throw error;
				});
				onExit(() => void log.push(["third", scope.cancelCalled]));
			}),
		);
		expect([thrown, suppressedErrors(thrown)]).toEqual([error, []]);
		expect(log).toEqual([
			["third", false],
			["second", false],
			["first", true],
		]);
	});
});

test("100,000 callbacks of onExit run on a flat stack, also when each of them fails or registers the next", async () => {
	const boom = new Error("boom");
	let ran = 0;
	await virtually(function* () {
		yield* withCancelScope(() => {
			for (let index = 0; index < 100_000; index++) onExit(() => void ran++);
		});
		const next = (): void => {
			if (++ran < 300_000) onExit(next);
		};
		ran = 200_000;
		yield* withCancelScope(() => onExit(next));
		const error = yield* catching(() =>
			withCancelScope(() => {
				for (let index = 0; index < 100_000; index++)
					onExit(() => {
						ran++;
						throw boom;
					});
			}),
		);
		expect([error, ran]).toEqual([boom, 400_000]);
	});
});

test("outside of a run the scope functions say where they can be called", () => {
	for (const call of [currentScope, currentDeadline, currentSignal, () => onExit(() => {}), now]) {
		const error = thrownBy(call);
		expect(error).toBeInstanceOf(ScopeMisuseError);
		expect((error as Error).message).toContain("inside run(main)");
	}
});

test("bad durations are range errors at the call", () => {
	for (const bad of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) {
		expect(() => withTimeout(bad, checkpoint)).toThrow(RangeError);
		expect(() => moveOnAfter(bad, checkpoint)).toThrow(RangeError);
		expect(() => withCancelScope({ timeout: bad }, checkpoint)).toThrow(RangeError);
		expect(() => withCancelScope({ grace: bad }, checkpoint)).toThrow(RangeError);
	}
});

test("an instant may be anything but NaN", () => {
	expect(() => withDeadline(Number.NaN, checkpoint)).toThrow(RangeError);
	expect(() => moveOnAt(Number.NaN, checkpoint)).toThrow(RangeError);
	expect(() => withCancelScope({ deadline: Number.NaN }, checkpoint)).toThrow(RangeError);
});

test("a time that is no number is refused, although it could be compared with one", () => {
	const bad = "5" as unknown as number;
	expect(() => withTimeout(bad, checkpoint)).toThrow(/"5"|5 is not/);
	expect(() => moveOnAfter(bad, checkpoint)).toThrow(/"5"|5 is not/);
	expect(() => withDeadline(bad, checkpoint)).toThrow(/"5"|5 is not/);
	expect(() => withCancelScope({ timeout: bad }, checkpoint)).toThrow(/"5"|5 is not/);
	expect(() => withCancelScope({ deadline: bad }, checkpoint)).toThrow(/deadline/);
	expect(() => withCancelScope({ grace: bad }, checkpoint)).toThrow(/grace/);
});

test("unknown options are refused by name", () => {
	expect(() => withCancelScope({ timeuot: 5 } as never, checkpoint)).toThrow(/"timeuot"; known are .*timeout/);
	expect(() => withCancelScope(null as never, checkpoint)).toThrow(TypeError);
});

test("a body that was called already is refused with the mend", () => {
	for (const make of [withCancelScope, shield, cleanup, (body: never) => withTimeout(5, body)] as ((
		body: never,
	) => unknown)[]) {
		expect(() => make(sleep(5) as never)).toThrow(/pass the function, not its call/);
		expect(() => make(undefined as never)).toThrow(/pass a function/);
	}
});

/** The error that a body ends with; cancellations pass. */
function* catching(body: () => unknown): Generator<unknown, unknown, unknown> {
	try {
		yield* withCancelScope(body as () => void);
	} catch (error) {
		if (error instanceof Cancelled) throw error;
		return error;
	}
	throw new Error("The body did not throw.");
}

test("a timeout that fires with nothing else to do is an ordinary rejection of the run", async () => {
	expect(await rejectionOf(virtually(() => withTimeout(1, sleepForever)))).toBeInstanceOf(TimeoutError);
});

test("a reason is a text, and times are numbers: anything else is refused where it is given", async () => {
	await virtually(() =>
		withCancelScope(function* (scope) {
			for (const reason of [Symbol("x"), new Error("why"), 5, {}])
				expect(() => scope.cancel(reason as never)).toThrow(/^cancel\(reason\): the reason is a text/);
			for (const value of ["5", null, undefined, {}, Number.NaN]) {
				expect(() => {
					scope.deadline = value as never;
				}).toThrow(RangeError);
				expect(() => {
					scope.grace = value as never;
				}).toThrow(RangeError);
			}
			expect([scope.cancelCalled, scope.deadline]).toEqual([false, Number.POSITIVE_INFINITY]);
			yield* sleep(1);
		}),
	);
});

test("a loop whose waits are all cut at once lets the host have its turn", async () => {
	let isDone = false;
	setTimeout(() => {
		isDone = true;
	}, 1);
	await run(function* () {
		while (!isDone) yield* moveOnAfter(0, () => sleepForever());
	});
	expect(isDone).toBe(true);
});
