import { delegate } from "./compiled/async-generator.ts";
import * as calls from "./compiled/calls.ts";
import { module } from "./compiled/code.ts";
import * as control from "./compiled/control.ts";
import { forBroken, forLeft, forMore, forOf } from "./compiled/for-of.ts";
import { forAwait, forClose, forFailed, forNext, forOpen } from "./compiled/iteration.ts";
import { chain, combine } from "./compiled/losers.ts";
import { disposer } from "./compiled/native-disposal.ts";
import { nativeForAwait } from "./compiled/native-iteration.ts";
import * as nativeTicks from "./compiled/native-ticks.ts";
import * as plain from "./compiled/plain.ts";
import { produce } from "./compiled/production.ts";
import * as shells from "./compiled/shells.ts";
import { corocall, fresh } from "./invoke.ts";
import { development } from "./kernel/development.ts";
import { suspended } from "./kernel/frame.ts";
import { state } from "./kernel/state.ts";
import { spawning } from "./spawn-place.ts";

/** What compiled code calls; see `docs/internals/abi.md`. Not for use by hand. */
export const kernel: Readonly<Record<string, unknown>> = {
	suspended,
	fresh,
	module,
	define: shells.define,
	fn: shells.fn,
	arrow: shells.arrow,
	method: shells.method,
	bare: shells.bare,
	generator: shells.generator,
	barePrivate: shells.barePrivate,
	callPrivate: shells.callPrivate,
	privateCallee: shells.privateCallee,
	call0: calls.call0,
	call1: calls.call1,
	call2: calls.call2,
	call3: calls.call3,
	callN: calls.callN,
	callWith: calls.callWith,
	method0: calls.method0,
	method1: calls.method1,
	method2: calls.method2,
	method3: calls.method3,
	methodN: calls.methodN,
	await: calls.await_,
	apply: Reflect.apply,
	settle: calls.returned,
	tail: calls.tail,
	nativeCall: nativeTicks.nativeCall,
	nativeMethod: nativeTicks.nativeMethod,
	nativeAwait: nativeTicks.nativeAwait,
	nativeTail: nativeTicks.nativeTail,
	caught: control.caught,
	cancelled: control.cancelled,
	led: control.led,
	both: control.both,
	cleanupEnter: control.cleanupEnter,
	cleanupLeave: control.cleanupLeave,
	budget: control.budget,
	superCall: control.superCall,
	superGet: control.superGet,
	superSet: control.superSet,
	forAwait: (iterable: unknown, isNative?: boolean) => (isNative ? nativeForAwait(iterable) : forAwait(iterable)),
	forNext,
	forFailed,
	forOpen,
	forClose,
	forOf,
	forMore,
	forBroken,
	forLeft,
	at: plain.at,
	input: plain.input,
	stops: plain.stops,
	stopped: state.stopped,
	unset: plain.unset,
	initialised: plain.initialised,
	produce,
	state,
	corocall,
	other: calls.other,
	later: calls.later,
	entered: calls.entered,
	delegate,
	disposer,
	chain,
	combine,
	spawning: development ? spawning : (_module: unknown, _site: unknown, fn: unknown) => fn,
};
