import type { WordsByLanguage } from './word-list.ts';

/** What people say when they ask for something hard. */

export const reasoningWords: WordsByLanguage = {
  en: `
      prove, proof, prove that, derive, derivation, disprove, counterexample*, formalise, formalize, formali*,
      justify, show that, rigorous*, theorem, lemma, induction, argue why, step by step, think carefully,
      reason through, reasoning, think hard, optimal strategy, optimality, generalise, generalize,
      necessary and sufficient, work through, work out, first principles`,
  de: `
      beweis*, leite her, herleit*, herleitung, widerleg*, gegenbeispiel*, begründe, begründ*, formalisier*,
      satz von, induktion, schritt für schritt, zeige dass, verallgemeiner*, denk gründlich`,
  fr: `
      démontr*, prouv*, preuve*, dédui*, déduction, justifi*, contre exemple*, formalis*, théorème*, lemme*,
      récurrence, étape par étape, pas à pas, généralis*, raisonn*`,
  es: `
      demuestr*, demostra*, prueba que, deduce, deducir, deriva la, justifica*, contraejemplo*, formaliza*, teorema*,
      lema de, inducción, paso a paso, generaliza*, razona*`,
  pt: `
      demonstr*, prova que, prove que, deduz*, deduza, deriva a, justifica*, justifique, contraexemplo*, formaliza*,
      teorema*, lema, indução, passo a passo, generaliza*, raciocin*`,
  it: `
      dimostra*, dimostrazion*, deduci, deriva la, ricava, giustifica*, controesempi*, formalizza*, teorema*, lemma,
      induzione, passo dopo passo, passo per passo, generalizza*, ragiona*`,
  nl: `
      bewijs*, leid af, afleid*, weerleg*, tegenvoorbeeld*, onderbouw*, formaliseer*, stelling van, inductie,
      stap voor stap, toon aan, laat zien dat, redeneer*, generaliseer*`,
  pl: `
      udowodni*, dowód*, wyprowadź*, wyprowadzenie, uzasadni*, kontrprzykład*, sformalizuj*, twierdzeni*, lemat*,
      indukcj*, krok po kroku, wykaż*, uogólni*, rozumow*`,
  ru: `
      докаж*, доказа*, доказыва*, выведи*, вывод формулы, обоснуй*, обоснова*, контрпример*, формализ*, теорем*,
      лемм*, индукц*, шаг за шагом, пошагово, покажи что, обобщи*, рассужден*, опроверг*`,
  uk: `
      довед*, доведи*, доказ*, виведи*, виведення, обґрунту*, контрприклад*, формаліз*, теорем*, лем*, індукц*,
      крок за кроком, покроково, покажи що, узагальн*, міркуван*, спросту*`,
  tr: `
      kanıtla*, ispatla*, ispat*, kanıt*, türet*, gerekçe*, gerekçelendir*, karşı örnek*, teorem*, tümevarım*,
      adım adım, genelle*, akıl yürüt*, çürüt*`,
  zh: `证明, 推导, 论证, 反例, 定理, 引理, 归纳法, 一步一步, 逐步, 严格, 推理, 推广到, 充分必要, 说明理由`,
  ja: `証明, 導出, 導け, 論証, 反例, 定理, 補題, 帰納法, ステップバイステップ, 順を追って, 厳密, 推論, 一般化, 論じ, 根拠`,
  ko: `증명*, 유도*, 도출*, 논증*, 반례*, 정리를 이용*, 귀납법*, 단계별로, 차근차근, 엄밀*, 추론*, 일반화*, 논의*, 근거*`,
  hi: `
      सिद्ध कर*, साबित कर*, प्रमाण*, व्युत्पन्न*, व्युत्पत्ति, निष्कर्ष निकाल*, प्रमेय*, आगमन*, चरण दर चरण,
      कदम दर कदम, तर्क*, सामान्यीकृत*, प्रतिउदाहरण*`,
  ar: `
      أثبت, اثبت, برهن, برهان, البرهان, استنتج, اشتق, اشتقاق, برر, علل, مثال مضاد, مبرهنة, نظرية, الاستقراء,
      خطوة بخطوة, عمم, استدلال`,
};

export const designWords: WordsByLanguage = {
  en: `
      what would the target look like, by construction, whole app, all of our, engine in, from the ground up, design,
      designing, redesign, architect, architecture, protocol, data model, propose, proposal, strategy, strategies,
      roadmap, migrate, migration, sharding, rollout, threat model*, schedule, optimise, optimize, minimise,
      minimize, maximise, maximize, reverse engineer, from scratch, without libraries, compiler, parser, interpreter,
      type checker, algorithm, refactor the, framework, engine, end to end, everywhere, split a`,
  de: `
      entwirf*, entwurf, entwickle*, architektur*, konzept*, strategie*, protokoll*, datenmodell*, migration*,
      migrier*, optimier*, algorithm*, konzipier*, ausarbeit*, fahrplan`,
  fr: `
      conçois, concev*, conception, architectur*, stratégie*, protocole*, modèle de données, migration*, migrer,
      optimis*, algorithme*, élabore*, développe une, plan de`,
  es: `
      diseña*, diseño, arquitectura*, estrategia*, protocolo*, modelo de datos, migra*, optimiza*, algoritmo*,
      elabora*, desarrolla un*, propón*, propon*`,
  pt: `
      desenha a, desenhe*, projeta*, projete*, arquitetura*, estratégia*, protocolo*, modelo de dados, migra*,
      otimiza*, algoritmo*, elabora*, elabore*, desenvolve um*, propõe*`,
  it: `
      progetta*, progettazione, architettur*, strategi*, protocollo*, modello di dati, migra*, ottimizz*, algoritm*,
      elabora*, sviluppa un*, proponi*`,
  nl: `
      ontwerp*, architectuur*, strategie*, protocol*, datamodel*, migratie*, migreer*, optimaliseer*, algoritme*,
      ontwikkel*, stel op, stel een`,
  pl: `
      zaprojektuj*, projekt systemu, architektur*, strategi*, protokoł*, model danych, migracj*, zoptymalizuj*,
      optymaliz*, algorytm*, opracuj*, zaproponuj*`,
  ru: `
      спроектир*, проектир*, архитектур*, стратег*, протокол*, модель данных, миграц*, оптимизир*, алгоритм*,
      разработай*, предложи*`,
  uk: `
      спроєктуй*, спроектуй*, проєктув*, архітектур*, стратег*, протокол*, модель даних, міграц*, оптиміз*,
      алгоритм*, розроби*, запропонуй*`,
  tr: `
      tasarla*, tasarım*, mimari*, strateji*, protokol*, veri model*, geçiş plan*, taşıma*, optimize*, eniyile*,
      algoritma*, geliştir*, öner*`,
  zh: `设计, 架构, 方案, 策略, 协议, 存储模型, 迁移, 优化, 算法, 系统地, 从零, 重构整个`,
  ja: `設計, アーキテクチャ, 戦略, プロトコル, データモデル, 移行, 最適化, アルゴリズム, 構築, 提案`,
  ko: `설계*, 아키텍처*, 전략*, 프로토콜*, 데이터 모델*, 마이그레이션*, 최적화*, 알고리즘*, 엔진*, 제안*`,
  hi: `
      डिज़ाइन कर*, डिज़ाइन*, वास्तुकला*, आर्किटेक्चर*, रणनीति*, प्रोटोकॉल*, माइग्रेशन*, अनुकूलित*, एल्गोरिदम*,
      प्रणाली*, विकसित*`,
  ar: `
      صمم, تصميم, بنية, معمارية, استراتيجية, بروتوكول, نموذج البيانات, ترحيل, حسن الأداء, خوارزمية, طور نظاما, اقترح,
      نظاما`,
};

export const analysisWords: WordsByLanguage = {
  en: `
      discuss, give the full argument, narrow down, go wrong, lay out, what breaks, in what order, in which order,
      contradict*, which reading, end with a position, separate what, relate it, model the effect, change your mind,
      how likely, how would you manage, what are the risks, analyse, analyze, analysis, assess, critically, evaluate,
      hypotheses, hypothesis, root cause, trade off*, tradeoff*, second order, scenario*, quantify, quantitatively,
      estimate, risk*, failure mode*, failure, fails, implications, consequences, what happens when, compare, weigh,
      recommend*, mitigations, bias*, feedbacks, dominant, balance, challenge, explain why, why do*, why did,
      under which conditions, which conditions, find out why, find the cause, what could explain, explain all,
      interact*, validate, edge cases, pros and cons, judge each, negotiat*, exposure`,
  de: `
      analysier*, analyse*, bewert*, hypothese*, ursache*, abwäg*, szenari*, risik*, folgen, auswirkung*, vergleich*,
      diskutier*, empfiehl*, empfehlung*, zielkonflikt*, ablauf, abläufe, rechne durch, durchrechne*, schätz*,
      unsicherheit*`,
  fr: `
      analys*, évalu*, hypothèse*, les causes, compromis, scénario*, risque*, conséquence*, implication*, compar*,
      discut*, recommand*, contrôle*, robustesse, incertitude*, mesurerais`,
  es: `
      analiz*, análisis, evalú*, evalua*, hipótesis, causa*, compromiso*, escenario*, riesgo*, consecuencia*,
      compar*, discut*, recomiend*, recomend*, considera*, incertidumbre*`,
  pt: `
      analis*, análise, avali*, hipótese*, causa*, compromisso*, cenário*, risco*, consequência*, compar*, discut*,
      recomend*, consider*, incerteza*`,
  it: `
      analizz*, analisi, valut*, ipotesi, causa, cause, compromess*, scenari*, rischi*, conseguenz*, confront*,
      discut*, raccomand*, consider*, incertezz*, attacchi, assunzioni`,
  nl: `
      analys*, beoordeel*, evalue*, hypothes*, oorzaak*, oorzaken, afweg*, scenario*, risico*, gevolg*, vergelijk*,
      bespreek*, adviseer*, aanbevel*, onzeker*, behandel`,
  pl: `
      przeanalizuj*, analiz*, oceń*, ocena, hipotez*, przyczyn*, kompromis*, scenariusz*, ryzyk*, konsekwencj*,
      porównaj*, omów*, rekomend*, założeni*, niepewno*, rozważ*`,
  ru: `
      проанализируй*, анализ*, оцени*, гипотез*, причин*, компромисс*, сценари*, риск*, последстви*, сравни*,
      обсуди*, рекоменд*, допущени*, неопредел*, разбери*, режим* отказа, исключить`,
  uk: `
      проаналізуй*, аналіз*, оціни*, гіпотез*, причин*, компроміс*, сценарі*, ризик*, наслід*, порівняй*, обговор*,
      рекоменд*, припущен*, невизначен*, чутливість, розбери*`,
  tr: `
      analiz*, değerlendir*, hipotez*, neden*, ödünleşim*, senaryo*, risk*, sonuçlar*, karşılaştır*, tartış*, öneri*,
      varsayım*, belirsizlik*, hata durum*, alternatif*, hangi koşul*`,
  zh: `分析, 评估, 假设, 原因, 取舍, 权衡, 情景, 风险, 后果, 比较, 讨论, 建议, 故障, 排除, 实验, 逐一, 对比`,
  ja: `分析, 評価, 仮説, 原因, トレードオフ, シナリオ, リスク, 影響, 比較, 検討, 議論, 提言, 障害, 検証, 根本的, 挙動`,
  ko: `분석*, 평가*, 가설*, 원인*, 트레이드오프*, 시나리오*, 리스크*, 위험*, 영향*, 비교*, 토론*, 권고*, 권할*, 장애*, 검증*, 구분할*, 체계적*`,
  hi: `
      विश्लेषण*, मूल्यांकन*, परिकल्पना*, कारण*, परिदृश्य*, जोखिम*, परिणाम*, तुलना*, चर्चा*, सिफारिश*, समाधान*,
      संभावित*, विस्तार से`,
  ar: `
      حلل, تحليل, قيم, تقييم, فرضيات, أسباب, المفاضلة, سيناريوهات, سيناريو, مخاطر, المخاطر, عواقب, قارن, ناقش, توصية,
      البدائل, مؤشرات, اشرح بالتفصيل`,
};
