import { describe, expect, it } from "vitest";
import { Report } from "./report.ts";

function reportWith(...findings: Parameters<Report["add"]>[0][]): Report {
	const report = new Report("/docs");
	for (const finding of findings) report.add(finding);
	report.read = report.found = 2;
	report.localLinks = 1234;
	report.complete = true;
	return report;
}

const broken = (file: string, line: number, column: number, target: string) =>
	({ file, line, column, target, reason: "missing file", detail: "" }) as const;

describe("the report", () => {
	it("groups by file, in the order of the links", () => {
		const text = reportWith(broken("b.md", 10, 1, "x"), broken("b.md", 9, 3, "y"), {
			...broken("a.md", 1, 1, "z"),
			detail: "there is Z",
		}).toText();
		expect(text.split("\n").slice(0, 10)).toEqual([
			"a.md",
			"  1:1  z  missing file (there is Z)",
			"",
			"b.md",
			"  9:3   y  missing file",
			"  10:1  x  missing file",
			"",
			"       3  missing file",
			"",
			"1,234 links in 2 files of /docs; 0 of other kinds skipped; 0 addresses of other hosts not tried",
		]);
		expect(text).toMatch(/\n3 broken, \d+\.\d s\n$/);
	});

	it("says when it is partial", () => {
		const report = reportWith();
		expect(report.toText()).toMatch(/\nnone broken, \d+\.\d s\n$/);
		report.complete = false;
		expect(report.toText()).toMatch(/\ninterrupted: the report is partial; none broken, \d+\.\d s\n$/);
	});

	it("sends nothing to the terminal that could steer it", () => {
		expect(reportWith(broken("a\u001b[2J.md", 1, 1, "x\u202e\n")).toText()).toContain(
			"a\\u{1b}[2J.md\n  1:1  x\\u{202e}\\u{a}  missing file\n",
		);
	});

	it("has a form for programs", () => {
		expect(JSON.parse(reportWith(broken("a.md", 1, 1, "z")).toJson())).toEqual({
			folder: "/docs",
			complete: true,
			seconds: expect.any(Number),
			files: { found: 2, read: 2 },
			links: { local: 1234, skipped: 0, external: 0, externalTried: 0, externalSkipped: 0 },
			findings: [{ file: "a.md", line: 1, column: 1, target: "z", reason: "missing file", detail: "" }],
			unreadable: [],
		});
	});
});
