/**
 * Runs one row in a process of its own and prints its figures as one line of JSON:
 * `row.mjs FILE INDEX [--quick] [--contestants a,b]`, or one cold sample: `row.mjs FILE INDEX --sample CONTESTANT`.
 */
import { parseArgs } from "node:util";
import { measure, rowsOf } from "./harness.mjs";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { quick: { type: "boolean", default: false }, contestants: { type: "string" }, sample: { type: "string" } },
});
const [file, index] = positionals;
const row = (await rowsOf(file, values))[Number(index)];
const figures =
	values.sample === undefined
		? await measure(row, { quick: values.quick, only: values.contestants?.split(",") })
		: await row.contestants[values.sample]();
process.stdout.write(`${JSON.stringify(figures)}\n`, () => process.exit(0));
