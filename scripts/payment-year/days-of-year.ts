import { addDays, type Day, daysBetween } from "../../server/domain/rules/civil-days.ts";

// Days of the invented year by their number: 0 is its 1 January.

export const YEAR = 2025;
export const ROMAN = "I II III IV V VI VII VIII IX X XI XII".split(" ");
export const MONTHS = "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split(
  " ",
);

const FIRST: Day = `${YEAR}-01-01`;
export const dateOf = (day: number): Day => addDays(FIRST, day);
export const dayOf = (date: Day): number => daysBetween(FIRST, date);
/** 0 is January. */
export const monthOf = (day: number): number => Number(dateOf(day).slice(5, 7)) - 1;
