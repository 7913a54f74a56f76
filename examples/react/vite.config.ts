import holdfast from "@holdfast/compiler/vite";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { createApi } from "./api.ts";

/** Answers `/api` while `vite` and `vite preview` run. */
const api: Plugin = {
	name: "api",
	configureServer: ({ middlewares }) => void middlewares.use(createApi().handle),
	configurePreviewServer: ({ middlewares }) => void middlewares.use(createApi().handle),
};

export default defineConfig({
	plugins: [holdfast({ structure: "function" }), react(), api],
});
