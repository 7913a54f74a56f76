import { retry, run, sleepForever, TimeoutError, withTimeout } from "holdfast";
import { expect, test } from "vitest";
import { serving } from "../../test/serving.ts";
import { fetchOk, HttpStatusError, isTransient } from "./fetch-ok.ts";

test("a status that is no success is an error that shows the answer's beginning", async () => {
	await serving(
		{ fetch: () => new Response("x".repeat(100_000), { status: 418, statusText: "Teapot" }) },
		async ({ url }) => {
			const error = await run(() => fetchOk(url)).then(
				() => undefined,
				(thrown: unknown) => thrown as HttpStatusError,
			);
			expect(error).toBeInstanceOf(HttpStatusError);
			expect(error).toMatchObject({ status: 418, code: "HOLDFAST_HTTP_STATUS" });
			expect(error?.text).toHaveLength(1_000);
			expect(error?.message).toMatch(/answered 418 Teapot: x{200}…$/);
		},
	);
});

test("with retry it tries again what may help, within the limits of its scope", async () => {
	let asked = 0;
	await serving(
		{
			fetch: (request) => {
				asked++;
				if (request.url.endsWith("/never")) return new Response("", { status: 404 });
				return asked < 3 ? new Response("", { status: 503 }) : new Response("at last");
			},
		},
		async ({ url }) => {
			const policy = { delay: 1, attempts: 5, retryIf: isTransient };
			const response = await run(() => retry(() => fetchOk(url), policy));
			expect(await response.text()).toBe("at last");
			expect(asked).toBe(3);
			await expect(run(() => retry(() => fetchOk(`${url}/never`), policy))).rejects.toThrow(/answered 404/);
			expect(asked).toBe(4);
		},
	);
});

test("a deadline of its scope ends it", async () => {
	await serving({ fetch: () => sleepForever() as never }, async ({ url }) => {
		await expect(run(() => withTimeout(20, () => fetchOk(url)))).rejects.toBeInstanceOf(TimeoutError);
	});
});

test("what is worth another try", () => {
	expect(isTransient(new TypeError("fetch failed"))).toBe(true);
	expect(isTransient(new TimeoutError("x"))).toBe(true);
	expect(isTransient(new TypeError("Invalid URL"))).toBe(false);
	expect(isTransient(undefined)).toBe(false);
});
