/**
 * Set-up for Vitest: a rejection that its owner has taken is not Vitest's, and one that is nobody's is, although a run
 * listens as well: without this Vitest takes a second listener for somebody who handles everything.
 *
 * @example
 * // vitest.config.ts
 * export default defineConfig({ test: { setupFiles: ["@holdfast/testing/vitest"] } });
 */
import { type Emitting, keepApart } from "./rejections.ts";

/** Set-up files run once per test file, and the process may be the same. */
const setUp: unique symbol = Symbol.for("holdfast.testing.vitest");

const { process } = globalThis as unknown as { process?: Emitting & { [setUp]?: () => void } };

if (process !== undefined) {
	process[setUp]?.();
	process[setUp] = keepApart(process);
}
