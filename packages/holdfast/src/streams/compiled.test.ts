import { expect, test } from "vitest";
import { compile } from "../../test/compile.ts";
import { timed } from "../../test/streams.ts";
import { quietly, virtually } from "../../test/virtually.ts";
import * as streams from "../streams.ts";

/** Runs a compiled program on virtual time, and gives what it has logged. */
async function logOf(program: string, structure: "function" | "scope" = "function"): Promise<unknown[]> {
	const log: unknown[] = [];
	const source = (...entries: [number, unknown][]): AsyncIterable<unknown> => timed<unknown>(log, entries as never);
	const main = compile(
		program,
		{ ...streams, source, log: (...values: unknown[]) => log.push(...values) },
		{ structure },
	);
	await virtually(main, quietly);
	return log;
}

for (const structure of ["function", "scope"] as const) {
	test(`for await closes the stream before the loop is left: break, throw, cancellation (${structure})`, async () => {
		expect(
			await logOf(
				`async function main() {
					for await (const n of buffer(source([1, 1], [2, 2], [3, 3]), 4)) if (n === 2) break;
					log("left at " + now());
					try {
						for await (const n of merge([source([10, 1], [12, 2])])) throw new Error("thrown");
					} catch (error) {
						log(error.message + " at " + now());
					}
					await moveOnAfter(5, async () => {
						for await (const n of batch(source([20, 1], [90, 2]), { size: 1 })) log(n[0]);
					});
					log("cancelled at " + now());
				}`,
				structure,
			),
		).toEqual([
			expect.stringMatching("source closed at 3"),
			"left at 3",
			"source closed at 11",
			"thrown at 11",
			"source closed at 17",
			"cancelled at 17",
		]);
	});

	test(`a function returns a stream, whose source goes on being read (${structure})`, async () => {
		expect(
			await logOf(
				`async function numbers() {
					await sleep(1);
					return { stream: merge([source([5, 1], [6, 2])]) };
				}
				async function main() {
					const { stream } = await numbers();
					for await (const n of stream) log(n);
				}`,
				structure,
			),
		).toEqual([1, 2]);
	});

	test(`a compiled async generator is a source and a stage; what it holds is released (${structure})`, async () => {
		expect(
			await logOf(
				`async function* count(name) {
					try {
						for (let n = 1; ; n++) {
							await sleep(1);
							yield n;
						}
					} finally {
						await sleep(1);
						log(name + " released");
					}
				}
				async function* doubled(input) {
					try {
						for await (const n of input) yield 2 * n;
					} finally {
						log("stage released");
					}
				}
				async function main() {
					for await (const n of compose(count("source"), doubled)) if (n === 6) break;
					log("left");
					const [a, b] = tee(count("teed"), { capacity: 2 });
					const read = async (stream) => {
						for await (const n of stream) if (n === 3) return n;
					};
					log(await all([() => read(a), () => read(b)]));
				}`,
				structure,
			),
		).toEqual(["source released", "stage released", "left", "teed released", [3, 3]]);
	});
}
