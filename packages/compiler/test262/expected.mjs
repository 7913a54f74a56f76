// The failures that are known, in classes; each class has a reason.
import { readFileSync } from "node:fs";

const known = JSON.parse(readFileSync(new URL("expected.json", import.meta.url), "utf8"));

/** The reason for which a test is expected to fail, or `undefined`. */
export function expectedReason(variant, path, scenario) {
	return index.get(`${variant} ${path} ${scenario}`) ?? index.get(`${variant} ${path}`);
}

/** Every listed test and the way of compiling it is listed for. */
export function listed() {
	return [...index.keys()];
}

const index = new Map();
for (const { reason, variants, tests } of known) {
	for (const variant of variants) {
		for (const test of tests) index.set(`${variant} ${test}`, reason);
	}
}
