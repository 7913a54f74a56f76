import * as Services from "effect/Context";
import * as Effect from "effect/Effect";
import type { Exit } from "effect/Exit";
import {
	addSuppressed,
	ContextVar,
	type Coroutine,
	call,
	coroutine,
	type EntryResult,
	fromCallback,
	HoldfastError,
	openPortal,
	type Portal,
	reportError,
} from "holdfast";
import { checkPeer } from "./peer-error.ts";

/** An effect was interrupted, but not by the code that awaits it: an ordinary error, so that nobody is cancelled at a distance. */
export class EffectInterruptedError extends HoldfastError {
	override readonly name: string = "EffectInterruptedError";
	readonly code: string = "HOLDFAST_EFFECT_INTERRUPTED";
}

/** What a fiber knows of the task that has started it. */
const PortalOf: Services.Reference<Portal | undefined> = /* @__PURE__ */ Services.Reference<Portal | undefined>(
	"@holdfast/interop/portal",
	{ defaultValue: () => undefined },
);

/** What a task knows of the fiber that has started it. */
const servicesOf: ContextVar<Services.Context<never>> = /* @__PURE__ */ new ContextVar("services of Effect", {
	default: /* @__PURE__ */ Services.empty(),
});

let checked = false;

function check(): void {
	if (checked) return;
	checkPeer("effect", "effect@^4.0.0", [Effect.callback, Effect.withFiber, Effect.runForkWith, Services.Reference]);
	checked = true;
}

/**
 * A call, or anything that can be awaited, as an effect. Each run of the effect makes the call anew. An error is the effect's
 * failure, the same object.
 *
 * Interrupting the fiber cancels the call and waits for its cleanup; what that throws is a defect, beside the interruption. A
 * call that its own scope cancels interrupts the effect.
 *
 * Run by `fromEffect`, the call is a task of the code that awaits there, and sees its context variables; else one of the scope in
 * which `toEffect` was called (see `openPortal`). Effects that it awaits by `fromEffect` see the services of the fiber.
 *
 * @throws PeerError if the installed Effect is not version 4
 * @example
 * const page = toEffect(() => load(url)).pipe(Effect.timeout("2 seconds"), Effect.retry({ times: 3 }));
 */
export function toEffect<Op>(op: Op): Effect.Effect<EntryResult<Op>, unknown> {
	check();
	const own = openPortal();
	return Effect.withFiber((fiber) =>
		Effect.callback<EntryResult<Op>, unknown>((resume) => {
			const { context } = fiber;
			const portal = Services.get(context, PortalOf) ?? own;
			const crossing = new Crossing<EntryResult<Op>>(resume);
			const body = (): unknown => {
				servicesOf.set(context);
				return typeof op === "function" ? call(op as unknown as () => never) : op;
			};
			crossing.task = portal.start(body as () => EntryResult<Op>, crossing as never, {
				name: typeof op === "function" ? op.name : "",
			});
			return crossing.ended ? undefined : crossing.interruption;
		}),
	);
}

/** One run of an effect that is a call. */
class Crossing<T> {
	readonly #resume: (effect: Effect.Effect<T, unknown>) => void;
	task: { cancel(reason?: string): void } | undefined;
	ended = false;
	#interrupted: ((effect: Effect.Effect<void>) => void) | undefined;

	constructor(resume: (effect: Effect.Effect<T, unknown>) => void) {
		this.#resume = resume;
	}

	done(value: T): void {
		this.#end(Effect.succeed(value), Effect.void);
	}

	failed(error: unknown): void {
		this.#end(Effect.fail(error), this.#interrupted === undefined ? Effect.void : Effect.die(error));
	}

	cancelled(): void {
		this.#end(Effect.interrupt, Effect.void);
	}

	/** Cancels the call, and waits for its cleanup. */
	get interruption(): Effect.Effect<void> {
		return Effect.callback<void>((resume) => {
			if (this.ended) resume(Effect.void);
			this.#interrupted = resume;
			this.task?.cancel("its fiber was interrupted");
		});
	}

	#end(outcome: Effect.Effect<T, unknown>, interrupted: Effect.Effect<void>): void {
		this.ended = true;
		if (this.#interrupted === undefined) this.#resume(outcome);
		else this.#interrupted(interrupted);
	}
}

/**
 * Runs an effect and waits for it, as a call of the running task: the effect, and what it calls by `toEffect`, see the task's
 * context variables; it sees the services of the fiber in which the task runs, if that was started by `toEffect`, and
 * those that are given.
 *
 * A failure is thrown, the same object, and so is a defect; further ones are its `suppressedErrors`. Cancelled: the fiber is
 * interrupted, and its finalizers are waited for, within the grace; what they fail with is thrown. An effect that somebody else
 * interrupts is an error.
 *
 * @throws EffectInterruptedError if the effect was interrupted, but not by this task's cancellation
 * @throws PeerError if the installed Effect is not version 4
 * @throws CannotBlockError in a synchronous run, if the effect waits
 * @example
 * const user = await fromEffect(findUser(id), Context.make(Database, database));
 */
export function fromEffect<A, E>(effect: Effect.Effect<A, E>): Coroutine<A>;
export function fromEffect<A, E, R>(
	effect: Effect.Effect<A, E, R>,
	services: Services.Context<NoInfer<R>>,
): Coroutine<A>;
export function fromEffect(effect: unknown, services?: Services.Context<never>): Coroutine<unknown> {
	check();
	if (!Effect.isEffect(effect))
		throw new TypeError(
			`fromEffect takes an effect, not ${effect === null ? "null" : `a value of type ${typeof effect}`}.`,
		);
	return awaitEffect(effect as Effect.Effect<unknown, unknown>, services);
}

const awaitEffect = /* @__PURE__ */ coroutine(function* fromEffect(
	effect: Effect.Effect<unknown, unknown>,
	services: Services.Context<never> | undefined,
): Generator<never, unknown, unknown> {
	const exit = yield* fromCallback<Exit<unknown, unknown>>((done) => {
		const known = servicesOf.get();
		const all = Services.add(services === undefined ? known : Services.merge(known, services), PortalOf, openPortal());
		const fiber = Effect.runForkWith(all)(effect);
		fiber.addObserver((ended) => done(null, ended));
		return () =>
			fromCallback<void>((stopped) => {
				fiber.addObserver((ended) => {
					const errors = errorsOf(ended);
					if (errors.length > 0) stopped(primary(errors));
					else stopped();
				});
				fiber.interruptUnsafe();
			});
	});
	if (exit._tag === "Success") return exit.value;
	const errors = errorsOf(exit);
	if (errors.length > 0) throw primary(errors);
	throw new EffectInterruptedError("The effect was interrupted, and not by the code that awaits it.");
});

/** Failures and defects, in order. */
function errorsOf(exit: Exit<unknown, unknown>): unknown[] {
	if (exit._tag === "Success") return [];
	return exit.cause.reasons.flatMap((reason) =>
		reason._tag === "Fail" ? [reason.error] : reason._tag === "Die" ? [reason.defect] : [],
	);
}

/** The first error, with the others kept beside it. */
function primary([first, ...others]: unknown[]): unknown {
	for (const other of others) if (!addSuppressed(first, other)) reportError(other);
	return first;
}
