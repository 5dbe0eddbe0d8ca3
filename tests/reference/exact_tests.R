# Fisher's exact test: cars by gears and engine, patients of the CGD trial, lung.
source("common.R")
cars <- data_set("mtcars")
cgd <- data_set("cgd_first")
lung <- data_set("lung")

reference("cars", list(p_value = fisher.test(cars$am, cars$vs)$p.value))
reference("cars_heavy", list(p_value = fisher.test(cars$wt > 3.3, cars$am)$p.value))
reference("cgd", list(p_value = fisher.test(cgd$treat, cgd$status)$p.value))
reference("cgd_sex", fisher.test(cgd$sex, cgd$steroids)$p.value, "p")
reference("lung", list(p_value = fisher.test(lung$sex, lung$status)$p.value))
write_reference()
