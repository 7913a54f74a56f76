import {
	Cancelled,
	type CancelReason,
	type CancelScope,
	checkpoint,
	currentSignal,
	moveOnAfter,
	sleep,
	sleepForever,
	withCancelScope,
	withSignal,
	withTaskGroup,
} from "holdfast";
import { equal, instance, ok, outside, same, seen, settled, test, thrown, thrownBy, virtual } from "../harness.ts";

test("CAN-28", "the reason names an explicit cancel with its text; the first reason is kept", async () => {
	let reason: CancelReason | undefined;
	let scope: CancelScope | undefined;
	await withCancelScope(function* (it) {
		scope = it;
		it.cancel("enough");
		it.cancel("later");
		const error = yield* seen(() => checkpoint());
		reason = error.reason;
	});
	equal([reason?.kind, reason?.text], ["explicit", "enough"]);
	same(reason?.scope, scope);
});

test("CAN-28", "the reason names a deadline", async () => {
	let reason: CancelReason | undefined;
	await moveOnAfter(5, function* () {
		reason = (yield* seen(() => sleepForever())).reason;
	});
	equal(reason?.kind, "deadline");
});

test("CAN-28", "the reason names the sibling that failed and its error", async () => {
	const error = new Error("child");
	let reason: CancelReason | undefined;
	const group = withTaskGroup(async (group) => {
		group.spawn(function* () {
			reason = (yield* seen(() => sleepForever())).reason;
		});
		group.spawnWith({ name: "culprit" }, async () => {
			await sleep(1);
			throw error;
		});
	});
	same(await thrown(() => group), error);
	equal([reason?.kind, reason?.task?.name], ["sibling", "culprit"]);
	same(reason?.error, error);
});

test("CAN-28", "the reason names a signal", async () => {
	const controller = new AbortController();
	let reason: CancelReason | undefined;
	await thrown(() =>
		withSignal(controller.signal, function* () {
			controller.abort(new Error("gone"));
			reason = (yield* seen(() => sleepForever())).reason;
			yield* checkpoint();
		}),
	);
	equal(reason?.kind, "signal");
});

outside("CAN-29", "Cancelled cannot be made by users", function* () {
	const constructor = Cancelled as unknown as new () => object;
	instance(
		thrownBy(() => new constructor()),
		TypeError,
	);
	instance(
		thrownBy(() => {
			class Mine extends constructor {}
			return new Mine();
		}),
		TypeError,
	);
	equal((yield* settled(virtual(() => checkpoint()))).ok, true);
});

test(
	"HF-CAN-09",
	"scope.signal and currentSignal() are aborted by a cancellation, with a plain AbortError",
	async () => {
		const signals: AbortSignal[] = [];
		await withCancelScope(async (scope) => {
			signals.push(scope.signal, currentSignal());
			equal(
				signals.map((it) => it.aborted),
				[false, false],
			);
			scope.cancel("enough");
		});
		equal(
			signals.map((it) => it.aborted),
			[true, true],
		);
		const [signal] = signals;
		equal(signal?.reason.name, "AbortError");
		ok(!(signal?.reason instanceof Cancelled), "not the uncatchable object");
		await withCancelScope(async (scope) => {
			scope.cancel();
			equal(scope.signal.aborted, true, "a signal that is first read after the cancellation");
		});
	},
);

test("HF-CAN-11", "an abort of withSignal's signal cancels its body, and its reason is thrown", async () => {
	const controller = new AbortController();
	const reason = new Error("gone");
	const log: string[] = [];
	await withTaskGroup(async (group) => {
		group.spawn(async () => {
			await sleep(5);
			controller.abort(reason);
		});
		const error = await thrown(() =>
			withSignal(controller.signal, async () => {
				try {
					await sleepForever();
				} finally {
					log.push("finally");
				}
			}),
		);
		same(error, reason);
	});
	equal(log, ["finally"]);
	const text = await thrown(() => withSignal(AbortSignal.abort("text"), () => checkpoint()));
	equal((text as Error).name, "AbortError");
});
