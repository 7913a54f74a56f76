import { expect, test } from "vitest";
import { nearest } from "./nearest.ts";

const names = ["include", "exclude", "structure", "ticks", "overrides"];

test("a slip is understood: a swap, a missing, a wrong, a further letter", () => {
	for (const slip of ["strucutre", "structre", "structura", "sstructure", "Structure"])
		expect(nearest(slip, names)).toBe("structure");
	expect(nearest("tick", names)).toBe("ticks");
	expect(nearest("override", names)).toBe("overrides");
	expect(nearest("inculde", names)).toBe("include");
});

test("what is like no name gets no suggestion", () => {
	for (const word of ["", "x", "sourcemap", "plugins"]) expect(nearest(word, names)).toBeUndefined();
});
