// Code that a runner of somebody else steps: `stepAs` says that it does, `currentLibrary` tells.
import {
	type BareCall,
	BareCallError,
	ContextVar,
	currentLibrary,
	ForeignRunnerError,
	moveOnAfter,
	now,
	run,
	sleep,
	stepAs,
} from "holdfast";
import { equal, instance, ok, outside, test, thrownBy, value, virtual } from "../harness.ts";

const bare = { compiledOnly: "a bare call of a generator coroutine starts nothing" };
const machine = { name: "machine" };

test(
	"HF-RUN-18",
	"a step has its runner's name, also when it throws or stands in another; around it is the run",
	async () => {
		equal(currentLibrary(), "holdfast");
		const names = stepAs({ name: "outer" }, () => [stepAs(machine, () => currentLibrary()), currentLibrary()]);
		equal(names, ["machine", "outer"]);
		thrownBy(() =>
			stepAs(machine, () => {
				throw new Error("of the step");
			}),
		);
		equal(currentLibrary(), "holdfast");
		await sleep(1);
		equal(currentLibrary(), "holdfast");
	},
);

outside(
	"HF-RUN-19",
	"outside of every run nobody but the host runs the code, and a step has its runner's name",
	function* () {
		equal(
			[currentLibrary(), stepAs(machine, () => currentLibrary()), currentLibrary()],
			[undefined, "machine", undefined],
		);
		equal(yield* value(run(() => currentLibrary())), "holdfast");
	},
);

test(
	"HF-RUN-20",
	"code in a step acts for the task around it: it sees its context, and what it starts is its owner's",
	async () => {
		const user = new ContextVar<string>("user");
		const log: string[] = [];
		user.set("Ada");
		await moveOnAfter(5, async () => {
			stepAs(machine, () => {
				log.push(user.get());
				run(async () => {
					try {
						await sleep(100);
					} finally {
						log.push(`cancelled at ${now()}`);
					}
				}).catch(() => {});
			});
			await sleep(10);
		});
		log.push(`left at ${now()}`);
		equal(log, ["Ada", "cancelled at 5", "left at 5"]);
	},
);

outside(
	"HF-RUN-21",
	"a wait of Holdfast's in a generator that another runner steps is refused, and the error names both",
	function* () {
		const body = function* (): Generator<never, void, unknown> {
			yield* sleep(1);
		};
		const alone = thrownBy(() => stepAs(machine, () => body().next()));
		instance(alone, ForeignRunnerError);
		ok(/stepped by machine/.test(alone.message), alone.message);
		let inside: unknown;
		yield* value(
			virtual(
				() => {
					inside = thrownBy(() => stepAs(machine, () => body().next()));
				},
				{ name: "server" },
			),
		);
		instance(inside, ForeignRunnerError);
		ok(/stepped by machine.* the run server/.test(inside.message), inside.message);
	},
);

outside(
	"HF-RUN-22",
	"a bare call in a step goes to the hook of its runner, in a run and outside; the run keeps its own",
	function* () {
		const double = async (x: number): Promise<number> => {
			await sleep(x);
			return 2 * x;
		};
		const asked: string[] = [];
		const hook =
			(who: string) =>
			({ name, coroutine }: BareCall): unknown => {
				asked.push(`${who}: ${name}`);
				return coroutine;
			};
		const library = { ...machine, bareCalls: hook("machine") };
		const results = yield* value(
			virtual(
				async () => {
					const calls = [double(1), stepAs(library, () => double(2)), double(3)];
					const results: number[] = [];
					for (const call of calls) results.push(await call);
					return results;
				},
				{ bareCalls: hook("run") },
			),
		);
		equal(results, [2, 4, 6]);
		stepAs(library, () => void double(4));
		equal(asked, ["run: double", "machine: double", "run: double", "machine: double"]);
		const refused = thrownBy(() => stepAs({ ...machine, bareCalls: "forbid" }, () => double(5)));
		instance(refused, BareCallError);
		ok(/machine/.test(refused.message), refused.message);
	},
	bare,
);
