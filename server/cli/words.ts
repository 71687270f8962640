export * from "../domain/entries/telling.ts";
