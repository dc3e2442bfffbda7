import type { WordsByLanguage } from './word-list.ts';

/** What only comes up where a subject is gone into. */

export const depthWords: WordsByLanguage = {
  en: `
      microservice*, topic, offset*, event*, pipeline, etl, data warehouse, real time, downtime, accessibility,
      screen reader*, visual regression*, codebase, legacy, dag, dags, queue*, cache, caching, mutex, thread safe,
      synchronized, deadlocks, backpressure, load test*, throughput, schema change*, compliance, gdpr, anonymi*,
      privacy, tax, ruling, court, deed, contract*, ownership, exit, equity, budget, forecast*, demand, promotions,
      leakage, significance, confidence interval*, causal*, elasticity, policy, evidence, mechanism*, patient, dose*,
      dosage, diagnos*, contraindicat*, pharmaco*, chess engine, alpha beta, turing machine*, decidable, undecidable,
      halting, model checking, continuous on, differentiable, convergent, converges, bounded, group, ring,
      field extension*, graph, planar, vertices, probability that, expected value, markov*, entropy of,
      thermodynamic*, fluid, aerodynam*, orbital, race condition*, deadlock*, concurren*, lock free, linearizab*,
      consistency, consistent, distributed, replicat*, partition*, failover, consensus, raft, crdt*, latency, p99,
      tail latency, transaction*, isolation, sharded, idempoten*, at least once, exactly once, memory leak,
      memory ordering*, garbage collector, kubernetes, simd, cuda, kernel, bandwidth, ssa, lattice, unification,
      polymorphism, lifetimes, cycles, write ahead, crash recovery, checksum, endianness, binary protocol,
      multi tenant, rbac, oauth, threat, adversar*, cryptograph*, encryption, signature*, transformer*, attention,
      gradient*, backward pass, estimator*, variance, bayesian, regression, p value, power calculation, confound*,
      calibration, stochastic, brownian, monopolist, valuation*, equilibri*, game theor*, integer programme,
      integer program, linear program*, np complete, np hard, complexity of, asymptotic, recurrence, polynomial,
      irrational, integral, integrals, eigenvalue*, lagrangian, hamiltonian, equations of motion,
      differential equation*, manifold, topolog*, first order logic, quantum, tensor, convolution, floating point,
      numerical stability, jurisdiction, liability, indemnif*, clause*, regulatory, cash flow, mortgage, taxes,
      flaky, intermittent, offline first, event driven, rollback, revoke*, audit logging`,
  de: `
      nebenläufig*, verklemm*, deadlock*, konsisten*, verteilt*, transaktion*, latenz*, kafka, verschlüssel*,
      primzahl*, integral*, stetig*, konvergen*, differentialgleichung*, wahrscheinlichkeit*, stochast*, haftung*,
      rechtsprechung, eigenkapital*, zinssatz*, zinsen, liquidität*, regression*, wartungsfenster`,
  fr: `
      concurren*, interblocage*, cohérence*, réparti*, distribué*, transaction*, latence, chiffrement,
      nombre premier, nombres premiers, intégrale*, convergen*, équation différentielle*, probabilité*,
      jurisprudence, responsabilité*, trésorerie, ordonnancement, complexité`,
  es: `
      concurren*, bloqueo mutuo, consistencia, distribuid*, transacci*, latencia, cifrado, número primo,
      números primos, integral*, convergen*, ecuación diferencial, ecuaciones diferenciales, probabilidad*,
      jurisprudencia, responsabilidad, flujo de caja, gobernanza, incentivo*, microservici*`,
  pt: `
      concorrên*, impasse, consistência, distribuíd*, transaç*, latência, cifra*, criptograf*, número primo,
      números primos, integral*, converg*, equação diferencial, equações diferenciais, probabilidade*,
      jurisprudência, responsabilidade, fluxo de caixa, fuga de memória, vazamento de memória, heap, financiamento,
      analítica, integração numérica`,
  it: `
      concorren*, stallo, coerenza, distribuit*, transazion*, latenza, cifratura, crittograf*, numeri primi,
      integrale*, converg*, equazione differenziale, equazioni differenziali, probabilità, giurisprudenza,
      responsabilità, flusso di cassa, np completo, riduzione`,
  nl: `
      gelijktijdig*, deadlock*, consisten*, gedistribueerd*, transactie*, latentie, versleutel*, priemgetal*,
      integraal*, converge*, differentiaalvergelijking*, kans*, jurisprudentie, aansprakelijk*, kasstroom*, causaal,
      reconstrueren, terugwerkende kracht, prestaties`,
  pl: `
      współbież*, zakleszcz*, spójno*, rozprosz*, transakcj*, opóźnie*, szyfrowan*, liczb pierwsz*, całk*, zbieżn*,
      granic*, równani* różniczkow*, prawdopodobieńst*, orzecznictw*, odpowiedzialno*, przepływ* pieniężn*,
      przeplot*, kolejkowani*, gwarancj*, blokad*`,
  ru: `
      конкурентн*, взаимн* блокиров*, согласованност*, распредел*, транзакц*, задержк*, шифрован*, прост* числ*,
      интеграл*, сходим*, дифференциальн*, вероятност*, судебн*, ответственност*, денежн* поток*, несчётн*,
      дата центр*, вещественн*, шлюз*`,
  uk: `
      конкурентн*, взаємн* блокуван*, узгоджен*, розподілен*, транзакц*, затримк*, шифруван*, прост* чис*, інтеграл*,
      збіжн*, диференціальн*, ймовірн*, судов*, відповідальн*, грошов* поток*, синхроніз*, конфлікт*, граничн*,
      капітальн*, тариф*`,
  tr: `
      eşzamanlı*, kilitlen*, kilitleme*, tutarlılık*, dağıtık*, işlem günlüğ*, gecikme*, şifrele*, asal sayı*,
      integral*, yakınsa*, diferansiyel denklem*, olasılık*, içtihat*, sorumluluk*, nakit akış*, opsiyon*, denklem*,
      yük test*`,
  zh: `并发, 死锁, 一致性, 分布式, 事务, 延迟, 加密, 素数, 积分, 收敛, 微分方程, 概率, 判例, 责任, 现金流, 容灾, 高可用, 序号, 离线同步, 机房, 模型, 特征`,
  ja: `
      並行, 並列, デッドロック, 整合性, 分散, トランザクション, 遅延が, レイテンシ, 暗号, 素数, 積分, 収束, 微分方程式, 確率, 判例, 責任, キャッシュフロー, リーダー選出, 競合, 公理, 無限,
      復旧, バッチ, ロック`,
  ko: `
      동시성*, 교착*, 일관성*, 분산*, 트랜잭션*, 지연 시간*, 암호화*, 소수*, 적분*, 수렴*, 미분방정식*, 확률*, 판례*, 책임*, 현금 흐름*, 복제*, 복구*, 매칭*, 구간*,
      자료 구조*, 초당*`,
  hi: `
      समवर्ती*, गतिरोध*, संगति*, वितरित*, लेनदेन*, विलंब*, एन्क्रिप्शन*, अभाज्य*, समाकलन*, अभिसरण*, अवकल*,
      प्रायिकता*, कानूनी*, नकदी*, अपरिमेय*, टकराव*, वर्गमूल*`,
  ar: `
      التزامن, تزامن, المزامنة, الاتساق, موزع, موزعة, المعاملات, التأخير, التشفير, الأعداد الأولية, تكامل, تقارب,
      معادلة تفاضلية, معادلات تفاضلية, احتمال, المسؤولية, التدفق النقدي, الخصوصية, هندسة, الهندسة, زوايا, ماليا`,
};
