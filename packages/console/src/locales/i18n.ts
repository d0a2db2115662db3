import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { Language } from '../format/format.ts';
import en from './en.json' with { type: 'json' };
import ko from './ko.json' with { type: 'json' };

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    nsSeparator: false;
    resources: { translation: typeof en };
  }
}

export async function startTranslations(language: Language): Promise<void> {
  await i18n.use(initReactI18next).init({
    lng: language,
    fallbackLng: 'en',
    nsSeparator: false,
    resources: { ko: { translation: ko }, en: { translation: en } },
    interpolation: { escapeValue: false },
  });
}
