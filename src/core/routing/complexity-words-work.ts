import type { WordsByLanguage } from './word-list.ts';

/** What people say when they ask for some work, on conditions, or for something small. */

export const workWords: WordsByLanguage = {
  en: `
      write, create, build, implement, explain, draft, refactor, generate, plan, make a, make me, describe,
      summarise, summarize, teach, show me, put together, walk me, parse, work through, pros, add, suggest, solve,
      calculate, rewrite, fix, convert this, extract all, give me ten, give me feedback, find me, difference between,
      example, examples, show an, show your working, code, function, script, query, test, tests, essay, article,
      email, letter, story, speech, pros and cons, develop, what should i, turn this, turn these, announcement, post,
      dialogue, list of, guide, set up, setting up, make it, concise, resume, template, landing page, program, app,
      implement a, unit tests`,
  de: `
      schreib*, erstelle*, baue, implementier*, erklär*, fasse zusammen, formulier*, verfass*, entwirf mir,
      stellenanzeige, rede, text für, zusammenfass*, berechne*, plane, hilf mir, unterschied*, funktion, skript,
      einen brief, brauche, löse, beschreib*, vergleiche`,
  fr: `
      écris, écrire, rédige*, crée, construis, implément*, expliqu*, résume*, résumé*, calcule*, prépare*, discours,
      article, configur*, texte, planifie*, aide moi, différence*, fonction, script, lettre, exemple*, décris, résous`,
  es: `
      escribe*, redacta*, crea, construye, implementa*, explica*, resume*, resumen, haz*, hazme, discurso, artículo,
      texto, calcula*, planifica*, ayuda*, ayúdame, preparar, diferencia*, función, script, carta, ejemplo*,
      describe, resuelve, por qué`,
  pt: `
      escreve*, escreva*, redige*, cria, crie, constrói, implementa*, explica*, explique, resume, resuma, resumo,
      discurso, preciso de, artigo, calcula*, planeia, ajuda*, diferença*, função, script, carta, exemplo*, descreve,
      resolve, texto de, consulta`,
  it: `
      scrivi*, redigi, crea, costruisci, implementa*, spiega*, riassumi, riassunto, discorso, articolo, testo,
      calcola*, pianifica*, aiutami, differenz*, funzione, script, lettera, una mail, esempi*, descrivi, risolvi`,
  nl: `
      schrijf*, maak een, bouw*, implementeer*, leg uit, vat samen, bereken*, help me, verschil*, functie, script,
      een brief, voorbeeld*, beschrijf*, los op, formule`,
  pl: `
      napisz*, stwórz*, zbuduj*, zaimplementuj*, wyjaśnij*, wytłumacz*, streść, oblicz*, zaplanuj*, pomóż*, różnic*,
      funkcj*, skrypt*, przykład*, opisz*, rozwiąż*, zwrot`,
  ru: `
      напиши*, создай*, построй*, реализуй*, объясни*, резюмируй*, рассчитай*, составь*, помоги*, отлича*, разниц*,
      функци*, скрипт*, письмо, пример*, опиши*, реши*`,
  uk: `
      напиши*, створи*, побудуй*, реалізуй*, поясни*, підсумуй*, розрахуй*, склади*, допоможи*, відрізня*, різниц*,
      функці*, скрипт*, лист, приклад*, опиши*, розв яжи*, компонент*`,
  tr: `
      yaz, oluştur*, hazırla*, uygula*, açıkla*, özetle*, hesapla*, planla*, yardım*, fark*, fonksiyon*, betik,
      betiği, mektup*, e posta, örnek*, anlat*, çöz*`,
  zh: `写一, 写个, 帮我写, 编写, 创建, 实现, 解释, 说明, 总结, 计算, 制定, 帮我, 区别, 函数, 脚本, 邮件, 例子, 描述, 为什么`,
  ja: `書いて, 作成, 作って, 実装, 説明, 要約, 計算, 立てて, 手伝, 違い, 関数, スクリプト, メール, 例を, 描写, 解いて, なぜ`,
  ko: `써 줘*, 써 주*, 작성*, 만들어*, 구현*, 설명*, 요약*, 계산해*, 계획*, 도와*, 차이*, 함수*, 스크립트*, 이메일*, 예를*, 묘사*, 풀어*, 장단점*`,
  hi: `
      लिखो*, लिखिए*, बनाओ*, समझाओ*, समझाइए*, सारांश*, गणना*, मदद*, अंतर*, फ़ंक्शन*, प्रोग्राम*, पत्र*, उदाहरण*,
      वर्णन*, हल करो*, क्यों*`,
  ar: `
      اكتب, أنشئ, انشئ, ابن, نفذ, اشرح, لخص, احسب, خطط, ساعدني, الفرق, دالة, برنامج, رسالة, أمثلة, مثال, صف, حل,
      لماذا`,
};

export const openWords: WordsByLanguage = {
  en: `
      how do, how does, how can, how could, how would, how should, how to, why, what can i do, what can we do,
      what should, what would, what could, help me, walk me through, tell me why, what is going on, what s going on,
      what are the, ideas, keep getting`,
  de: `
      wie kann*, wie mach*, wie richt*, wie funktion*, wie geh*, wie würd*, wie soll*, warum, wieso, weshalb,
      was kann, was soll, hilf*, wozu`,
  fr: `comment, pourquoi, que faire, que puis je, aide*, de quelle manière`,
  es: `cómo, por qué, qué puedo, qué hago, qué harías, ayud*, plantea`,
  pt: `
      como faço, como posso, como é que, como devo, como configur*, por que, porque é que, porquê, o que posso, ajud*`,
  it: `come faccio, come posso, come si fa, come mai, perché, cosa posso, aiut*`,
  nl: `hoe kan, hoe kun*, hoe maak, hoe stel, hoe werk*, hoe zou*, hoe moet, waarom, wat kan ik, help*`,
  pl: `jak, dlaczego, czemu, co mogę, co zrobić, pomó*`,
  ru: `как, почему, зачем, что делать, помоги*, отчего`,
  uk: `як, чому, навіщо, що робити, допомо*`,
  tr: `nasıl, neden, niçin, niye, ne yapmalı*, ne yapabilir*, yardım*, anlat`,
  zh: `怎么, 如何, 为什么, 怎样, 为何, 帮我, 该怎么办`,
  ja: `どうすれば, どうやって, どのように, なぜ, どうして, 方法, 教えて`,
  ko: `어떻게*, 왜, 방법*, 어떡해*, 알려 줘*, 알려줘*`,
  hi: `कैसे*, क्यों*, क्या करूँ*, क्या करना*, मदद*, तरीका*`,
  ar: `كيف, لماذا, ماذا أفعل, ساعدني, ما السبب`,
};

export const constraintWords: WordsByLanguage = {
  en: `
      must, at least, at most, no more than, not more than, without, every, each, only, within, exactly, make sure,
      ensure, keep, stay, compatible, requirements, require*, constraint*, never, under, per, including, both,
      all of, state the, stating, handle, support*, and show, and explain, and say, and argue, and prove, and tell,
      then`,
  de: `
      muss, müssen, mindestens, höchstens, ohne, jede*, nur, innerhalb, genau, stelle sicher, niemals, anforderung*,
      einschließlich, dabei, sodass, und erklär*, und sag*, ab welch*, dann`,
  fr: `
      doit, doivent, au moins, au plus, sans, chaque, seulement, exactement, assure*, jamais, exigence*, y compris,
      ainsi que, puis, et dis, et compare`,
  es: `
      debe, deben, al menos, como máximo, sin que, cada, solo, exactamente, asegura*, nunca, requisito*, incluyendo,
      y explica, y cómo, ambas, además, luego`,
  pt: `
      deve, devem, pelo menos, no máximo, sem, cada, apenas, exatamente, garante*, garanta, nunca, requisito*,
      incluindo, e que, e implementa, ambos, depois`,
  it: `
      deve, devono, almeno, al massimo, senza, ogni, ciascun*, solo, esattamente, garantisca, garantire, assicura*,
      mai, requisit*, incluso, entrambe, e i, poi`,
  nl: `
      moet, moeten, ten minste, minstens, hoogstens, zonder, elk, elke, alleen, precies, zorg*, nooit, eisen,
      inclusief, zodat, ondertussen, daarna, behandel ook`,
  pl: `
      musi, muszą, co najmniej, najwyżej, bez, każd*, tylko, dokładnie, upewnij*, nigdy, wymagani*, w tym,
      przy podanych, a następnie, wskaż`,
  ru: `
      должн*, минимум, не менее, не более, без, кажд*, только, ровно, убедись, никогда, требован*, включая,
      недопустимо, затем, и то, опиши`,
  uk: `
      повин*, щонайменше, не більше, без, кожн*, тільки, лише, рівно, переконайся, ніколи, вимог*, включно, потім,
      опиши`,
  tr: `
      gerekir, en az, en fazla, olmadan, her bir, yalnızca, sadece, tam olarak, emin ol*, asla, gereksinim*, dahil,
      malı, memeli, meli, engellenmeli, ayrıntılı`,
  zh: `必须, 至少, 最多, 不能, 每, 只能, 恰好, 确保, 要求, 支持, 包括, 并说明, 请给出, 以及, 并分析`,
  ja: `なければ, 少なくとも, 最大で, せずに, それぞれ, だけ, ちょうど, 必ず, 要件, 含め, ようにしたい, しながら, 各`,
  ko: `해야*, 최소*, 최대*, 없이*, 각*, 만을, 정확히*, 반드시*, 요구*, 포함*, 이내*, 보존*, 그리고*, 함께*`,
  hi: `चाहिए*, कम से कम, अधिकतम, बिना*, प्रत्येक*, हर, केवल*, सुनिश्चित*, कभी नहीं, आवश्यकता*, सहित*, और बताओ, फिर`,
  ar: `يجب, على الأقل, على الأكثر, بدون, بلا, كل, فقط, بالضبط, تأكد, أبدا, متطلبات, بما في ذلك, بحيث, ثم, مع, وضح`,
};

export const smallWords: WordsByLanguage = {
  en: `
      translate, synonym*, antonym*, spell, capitalize, capitalise, what does, what is the, what s the, who is,
      who wrote, when is, what year, how many, how much is, is a, define, one sentence, one word, one line, short,
      shorter, fix the grammar, fix the typos, correct the typos, change nothing else, typos, plural, list five,
      sort these, rename these, format this, extract the, comma separated, tag the, thanks, thank you, hi, hello,
      hey, another one, make this sound, convert, give me a name, commit message, positive or negative, emoji`,
  de: `
      übersetz*, synonym*, gegenteil von, buchstabier*, wie viele, wie heißt, was heißt, wer ist, wann ist, wann war,
      ein satz, einem satz, kurz, kurzen, kürzer, korrigier*, rechtschreibung, mehrzahl, danke, hallo, hauptstadt`,
  fr: `
      tradui*, synonyme*, contraire de, épelle, combien de, combien font, quelle heure, quel est le,
      quelle est la capitale, qui est, qui a, quand est, une phrase, court, courte, corrige les fautes, fautes,
      pluriel, merci, bonjour, salut, capitale`,
  es: `
      traduce*, sinónimo*, antónimo*, deletrea, cuántos, cuántas, cuánto es, cuál es la capital, quién es, quién fue,
      cuándo es, una frase, corto, corta, corrige la ortografía, plural, gracias, hola, capital de`,
  pt: `
      traduz*, sinónimo*, sinônimo*, antónimo*, antônimo*, soletra*, quantos, quantas, quanto é, qual é a capital,
      quem é, quem foi, que dia, uma frase, esta frase, curto, corrige os erros, plural, obrigado, obrigada, olá,
      capital de`,
  it: `
      traduci*, sinonim*, contrari*, come si dice, quanti, quante, quanto fa, qual è la capitale, chi è, chi ha,
      quando è, una frase, breve, correggi gli errori, ordine alfabetico, plurale, grazie, ciao, capitale`,
  nl: `
      vertaal*, synoniem*, tegenovergestelde*, hoeveel, hoe laat, wat is de hoofdstad, wie is, wanneer is, één zin,
      deze zin, kort, korter, taalfouten, meervoud, bedankt, hallo, hoofdstad`,
  pl: `
      przetłumacz*, synonim*, przeciwieństwo, przeliteruj*, ile, jaka jest stolica, stolic*, kto jest, kiedy jest,
      jednym zdaniem, krótk*, popraw błędy, liczba mnoga, dziękuj*, dzięki, cześć`,
  ru: `
      переведи*, синоним*, антоним*, сколько, столица, кто такой, когда будет, одним предложением, коротк*, короче,
      исправь ошибки, вежливее, множественное число, спасибо, привет`,
  uk: `
      переклади*, синонім*, антонім*, скільки, столиця, хто такий, коли буде, одним реченням, коротк*,
      виправ помилки, множина, дякую, привіт`,
  tr: `
      çevir, ingilizceye, eş anlamlı*, zıt anlamlı*, kaç, başkenti, kimdir, ne zaman, tek cümle*, kısa, nedir,
      hangisi, yazım hata*, çoğul*, teşekkür*, merhaba, selam`,
  zh: `翻译, 同义词, 反义词, 多少, 首都, 是谁, 什么时候, 一句话, 简短, 错别字, 谢谢, 你好, 几点, 哪里, 是什么`,
  ja: `翻訳, 英語にして, 類義語, 対義語, 首都, は誰, いつです, 一文, 短く, 誤字, ありがとう, こんにちは, 何日, 何時, 何ですか`,
  ko: `번역*, 동의어*, 반의어*, 몇*, 수도*, 누구*, 언제*, 한 문장*, 짧게*, 오타*, 고마워*, 안녕*, 무엇*, 뭐야*`,
  hi: `
      अनुवाद*, पर्यायवाची*, विलोम*, कितन*, राजधानी*, कौन*, कब*, एक वाक्य*, छोटा*, वर्तनी*, धन्यवाद*, नमस्ते*,
      प्रतिशत*`,
  ar: `
      ترجم, مرادف, ضد كلمة, كم, عاصمة, من هو, متى, جملة واحدة, قصير, قصيرة, الأخطاء الإملائية, شكرا, مرحبا, ما معنى,
      ما هي, ما هو`,
};
