/**
 * Set-up for Jest: inside its sandbox `process` is a copy that hears nothing, so that the failure of a call that nobody observes
 * would not come to its owner, and Jest would report it besides. This listens to the real one.
 *
 * @example
 * // jest.config.mjs
 * export default { setupFilesAfterEnv: ["@holdfast/testing/jest"] };
 */
import { type Emitting, keepApart } from "./rejections.ts";

interface Sandbox {
	readonly process?: Emitting & { getBuiltinModule?(name: string): { runInThisContext(code: string): Emitting } };
	readonly afterAll?: (callback: () => void) => void;
}

const { process, afterAll } = globalThis as unknown as Sandbox;

/** "This" context is that of Node, outside of the sandbox. */
const real = process?.getBuiltinModule?.("node:vm").runInThisContext("process") ?? process;

if (real !== undefined) {
	const giveBack = keepApart(real);
	// The next test file has a sandbox, and a Holdfast, of its own.
	afterAll?.(giveBack);
}
