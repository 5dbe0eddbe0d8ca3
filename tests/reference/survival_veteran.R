# Survival of veterans with lung cancer.
source("common.R")
source("survival.r")
veteran <- data_set("veteran")
veteran$celltype <- factor(veteran$celltype, levels = c("squamous", "smallcell", "adeno", "large"))

reference("cells", rank_test(survdiff(Surv(time, status) ~ celltype, veteran)))
reference("all", model(coxph(Surv(time, status) ~ I(trt == 2) + celltype + karno + diagtime + age + prior, veteran,
	control = coxph.control(eps = 1e-12, iter.max = 50, toler.chol = 1e-13))), "model")
write_reference()
